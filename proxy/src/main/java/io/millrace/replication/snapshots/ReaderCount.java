package io.millrace.replication.snapshots;

import io.millrace.snapshot.LeaderLoad;
import java.util.Locale;

/** Decides how many readers the leader can bear: one less each time that it is busy, one more each time that it is not. One thread. */
public final class ReaderCount {
    /** Slower than this, times the quickest that was seen, is slow. */
    private static final int SLOW = 3;
    /** Faster than this is never slow, whatever was seen: it is what a disk takes now and then. */
    private static final double SLOW_MILLIS = 5;
    /** Fewer writes between two looks say nothing about how long one takes. */
    private static final long TELLING_WRITES = 20;

    private final Bounds bounds;
    private LeaderLoad last;
    private double quickest = Double.MAX_VALUE;
    private int readers;
    private String reason = "";

    /**
     * What a leader can bear.
     *
     * @param least how many readers there are, however busy the leader is
     * @param most how many there are when it is not
     * @param busyThreads how many of its threads may run beside ours
     */
    public record Bounds(int least, int most, int busyThreads) {}

    /** @param first how busy the leader was before anything was read */
    ReaderCount(Bounds bounds, LeaderLoad first) {
        this.bounds = bounds;
        last = first;
        readers = bounds.most();
    }

    /** How many readers there should be from now on. */
    int next(LeaderLoad now) {
        long writes = now.writes() - last.writes();
        double millis = writes < TELLING_WRITES ? 0 : (now.writeNanos() - last.writeNanos()) / 1e6 / writes;
        int others = now.runningThreads() - readers - 1; // The one that asks runs, too.
        last = now;
        if (others > bounds.busyThreads()) {
            reason = others + " of the leader's threads run";
        } else if (millis > Math.max(SLOW_MILLIS, SLOW * quickest)) {
            reason = String.format(Locale.ROOT, "the leader's writes take %.1f ms, %.1f at their quickest", millis, quickest);
        } else {
            reason = "";
        }
        if (millis > 0) {
            quickest = Math.min(quickest, millis);
        }
        readers = reason.isEmpty() ? Math.min(bounds.most(), readers + 1) : Math.max(Math.min(bounds.least(), bounds.most()), readers - 1);
        return readers;
    }

    /** Why there are fewer than there could be; empty if the leader was not busy at the last look. */
    String reason() {
        return reason;
    }
}
