package io.millrace.replication.snapshots;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** How far a copy is: of a leader into a snapshot, or of a snapshot into a follower. Any thread. */
public final class SnapshotProgress {
    private final LongAdder rows = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final long began = System.nanoTime();
    private volatile long expectedBytes;
    private volatile String slowed = "";
    private volatile String notTaken = "";

    public void expect(long total) {
        expectedBytes = total;
    }

    public void copied(long moreRows, long moreBytes) {
        rows.add(moreRows);
        bytes.add(moreBytes);
    }

    /** @param reason why it goes slower than it could; empty if it does not */
    void slowed(String reason) {
        slowed = reason;
    }

    /** @param reason why a follower that could be loaded meanwhile is not; empty if it is */
    public void notTaken(String reason) {
        notTaken = reason;
    }

    public long rows() {
        return rows.sum();
    }

    /** Bytes of tab-separated text so far. */
    public long bytes() {
        return bytes.sum();
    }

    /** About how many bytes there will be; 0 when nobody can tell. */
    public long expectedBytes() {
        return Math.max(expectedBytes, bytes.sum());
    }

    /** Bytes a second since the beginning. */
    public long rate() {
        return (long) (bytes.sum() / Math.max(0.001, (System.nanoTime() - began) / 1e9));
    }

    /** How long it will take at this rate; a guess of no worth before something was copied. */
    public Duration remaining() {
        return Duration.ofSeconds((expectedBytes() - bytes.sum()) / Math.max(1, rate()));
    }

    @Override
    public String toString() {
        String done = (rows() == 0 && bytes() > 0 ? "" : rows() + " rows, ") + (bytes() >> 20) + " of about " + (expectedBytes() >> 20) + " MiB";
        String rate = bytes() == 0 ? "" : ", " + (rate() >> 20) + " MiB/s, ETA " + remaining().toSeconds() + " s";
        return done + rate + (slowed.isEmpty() ? "" : "; " + slowed) + (notTaken.isEmpty() ? "" : "; not loaded meanwhile: " + notTaken);
    }
}
