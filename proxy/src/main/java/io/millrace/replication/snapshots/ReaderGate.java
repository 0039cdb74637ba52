package io.millrace.replication.snapshots;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets as many readers read as are allowed. Any thread. */
final class ReaderGate {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int readers;
    private int allowed;
    private int reading;

    /** @param readers how many there are; all may read at first */
    ReaderGate(int readers) {
        this.readers = readers;
        allowed = readers;
    }

    void allow(int count) {
        lock.lock();
        try {
            allowed = count;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until one more may read. */
    void enter() throws InterruptedException {
        lock.lock();
        try {
            while (reading >= allowed) {
                changed.await();
            }
            reading++;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            reading--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A reader has nothing more to read. */
    void end() {
        lock.lock();
        try {
            readers--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until no reader has anything to read; tells whether that is so. */
    boolean awaitEnd(Duration patience) throws InterruptedException {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (readers > 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
            return readers == 0;
        } finally {
            lock.unlock();
        }
    }
}
