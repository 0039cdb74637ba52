package io.millrace.replication.followers;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether a follower is live, so that each transaction of the leader has one of its own. A follower that gets more than it can commit one
 * by one stays a little behind for ever; what it does not catch up with in time goes into one transaction, whose commit costs as much as
 * any. One thread.
 */
final class Liveness {
    private static final long LIVE_BYTES = 64 * 1024;
    private static final long LIVE_NANOS = Duration.ofMillis(10).toNanos();

    private final LongSupplier nanoTime;
    private long caughtUpAt;

    /** @param nanoTime a clock that only goes forward, in nanoseconds */
    Liveness(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.caughtUpAt = nanoTime.getAsLong();
    }

    /** Everything was applied until now. */
    void caughtUp() {
        caughtUpAt = nanoTime.getAsLong();
    }

    /** @param bytesBehind of the log that are not applied */
    boolean isLive(long bytesBehind) {
        return bytesBehind < LIVE_BYTES && nanoTime.getAsLong() - caughtUpAt < LIVE_NANOS;
    }
}
