package io.millrace.serve.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Memory outside of the heap for what is sent in large pieces, which a socket takes as it is; what is small comes from the heap. Any
 * thread.
 */
final class BufferPool {
    private final int small;
    private final int capacity;
    private final BlockingQueue<ByteBuffer> free;

    /**
     * An empty pool.
     *
     * @param small up to so many bytes come from the heap
     * @param capacity of each of its buffers, in bytes
     * @param most how many of them it keeps
     */
    BufferPool(int small, int capacity, int most) {
        this.small = small;
        this.capacity = capacity;
        this.free = new ArrayBlockingQueue<>(most);
    }

    /** An empty buffer for {@code size} bytes, little-endian; nobody else has it until it is given back. */
    ByteBuffer take(int size) {
        if (size <= small || size > capacity) {
            return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        }
        ByteBuffer kept = free.poll();
        return (kept == null ? ByteBuffer.allocateDirect(capacity) : kept).clear().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Takes a buffer back that nobody uses any more. */
    void giveBack(ByteBuffer used) {
        if (used.isDirect() && !free.offer(used)) {
            return; // There are enough of them: the collector frees this one.
        }
    }
}
