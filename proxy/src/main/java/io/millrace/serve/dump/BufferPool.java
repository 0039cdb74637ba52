package io.millrace.serve.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory outside of the heap for what is sent in large pieces, which a socket takes as it is; what is small comes from the heap. Any
 * thread.
 */
final class BufferPool {
    private static final int OUT_FOR_EACH_KEPT = 4;

    private final int small;
    private final int capacity;
    private final BlockingQueue<ByteBuffer> free;
    private final AtomicInteger out = new AtomicInteger();
    private final int mostOut;

    /**
     * An empty pool.
     *
     * @param small up to so many bytes come from the heap
     * @param capacity of each of its buffers, in bytes
     * @param most how many of them it keeps for the next; it has no more once four times as many are in use
     */
    BufferPool(int small, int capacity, int most) {
        this.small = small;
        this.capacity = capacity;
        this.free = new ArrayBlockingQueue<>(most);
        this.mostOut = most * OUT_FOR_EACH_KEPT;
    }

    /** An empty buffer for {@code size} bytes, little-endian; nobody else has it until it is given back. */
    ByteBuffer take(int size) {
        if (size <= small || size > capacity) {
            return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        }
        ByteBuffer kept = free.poll();
        ByteBuffer taken = kept == null ? ByteBuffer.allocateDirect(capacity) : kept;
        out.incrementAndGet();
        return taken.clear().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether so many are in use, by clients that are slow and each at a place of its own, that the next should do without. */
    boolean isExhausted() {
        return out.get() >= mostOut;
    }

    /** Takes a buffer back that nobody uses any more. */
    void giveBack(ByteBuffer used) {
        if (used.isDirect()) {
            out.decrementAndGet();
            free.offer(used); // Where there are enough of them, the collector frees it.
        }
    }
}
