package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** How far the log is durable and whole; readers wait here without polling. Any thread. */
final class DurableEnd {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private volatile @Nullable BinlogCoordinates end;

    @Nullable
    BinlogCoordinates get() {
        return end;
    }

    void moveTo(BinlogCoordinates next) {
        lock.lock();
        try {
            end = next;
            moved.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the end is past {@code seen}, or the time is over; tells which. */
    boolean awaitPast(BinlogCoordinates seen, long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (!isPast(seen)) {
                if (left <= 0) {
                    return false;
                }
                left = moved.awaitNanos(Math.min(left, TimeUnit.HOURS.toNanos(1)));
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private boolean isPast(BinlogCoordinates seen) {
        BinlogCoordinates now = end;
        return now != null && now.compareTo(seen) > 0;
    }
}
