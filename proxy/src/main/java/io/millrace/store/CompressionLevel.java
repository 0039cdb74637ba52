package io.millrace.store;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;

/**
 * How hard chunks are compressed: harder where the disk is what is waited for and the processors are not busy, else as quickly as can be.
 * Any thread.
 */
final class CompressionLevel {
    /** zstd's quickest of those that are not for speed alone. */
    static final int LEAST = 1;
    /** From here on it takes much longer and saves little. */
    static final int MOST = 9;
    private static final double BUSY = 0.7;

    private final DoubleSupplier processorLoad;
    private final AtomicInteger level = new AtomicInteger(LEAST);

    /** @param processorLoad how much of all processors is in use, from 0 to 1; below 0 where nobody can tell */
    CompressionLevel(DoubleSupplier processorLoad) {
        this.processorLoad = processorLoad;
    }

    /** The level for the next chunk. */
    int next() {
        return level.get();
    }

    /** A chunk has been written: how long it was compressed, and how long the disk took it, both in nanoseconds. */
    void took(long compressing, long writing) {
        double load = processorLoad.getAsDouble();
        boolean idle = load >= 0 && load < BUSY;
        level.updateAndGet(now -> writing > 2 * compressing && idle
                ? Math.min(MOST, now + 1)
                : writing < compressing || !idle
                        ? Math.max(LEAST, now - 1)
                        : now);
    }
}
