package io.millrace.replication.seeding;

import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.TableName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Hands out the chunks of a snapshot so that loaders are in each other's way as little as can be: each stays at its table, whose rows then
 * arrive in the order of their key and fill whole pages, and only where there are fewer tables than loaders do several load one. Any thread.
 */
final class ChunkQueue {
    private final Map<TableName, Deque<Chunk>> waiting = new HashMap<>();
    private final Map<TableName, Integer> loading = new HashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean closed;

    void add(Collection<Chunk> chunks) {
        lock.lock();
        try {
            chunks.stream().sorted(Comparator.comparingInt(Chunk::number))
                    .forEach(chunk -> waiting.computeIfAbsent(chunk.table(), absent -> new ArrayDeque<>()).add(chunk));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** There will be no more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for the end of the copying, but no longer than this.
     *
     * @return whether there will be no more chunks
     */
    boolean awaitClosed(Duration longest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            for (long nanos = longest.toNanos(); !closed && nanos > 0;) {
                nanos = changed.awaitNanos(nanos);
            }
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next chunk, as soon as there is one: of the same table as before, unless another table with chunks left has fewer loaders; of these the one with most left.
     *
     * @param loaded what the caller took before and has loaded
     * @return empty when all are handed out and no more will come
     */
    Optional<Chunk> next(Optional<Chunk> loaded) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            loaded.ifPresent(chunk -> loading.merge(chunk.table(), -1, Integer::sum));
            while (waiting.isEmpty() && !closed) {
                changed.await();
            }
            return choose(loaded);
        } finally {
            lock.unlock();
        }
    }

    private Optional<Chunk> choose(Optional<Chunk> loaded) {
        Comparator<TableName> fewestLoaders = Comparator.comparingInt(table -> loading.getOrDefault(table, 0));
        Optional<TableName> table = waiting.keySet().stream().min(fewestLoaders
                .thenComparing(name -> loaded.isEmpty() || !name.equals(loaded.get().table()))
                .thenComparingInt(name -> -left(name)).thenComparing(TableName::toString));
        table.ifPresent(name -> loading.merge(name, 1, Integer::sum));
        return table.map(this::take);
    }

    private int left(TableName table) {
        Deque<Chunk> chunks = waiting.get(table);
        return chunks == null ? 0 : chunks.size();
    }

    private Chunk take(TableName table) {
        Deque<Chunk> chunks = waiting.getOrDefault(table, new ArrayDeque<>());
        Chunk chunk = chunks.remove();
        if (chunks.isEmpty()) {
            waiting.remove(table);
        }
        return chunk;
    }
}
