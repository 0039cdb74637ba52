package io.millrace.serve.dump;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Batches of one relay log that replicas which are together are all sent: each is read and framed once. Keeps some 12 MiB at most,
 * outside of the heap, beside what is on its way. Any thread.
 */
public final class SharedBatches {
    /** What is read of the log at once, in bytes. */
    static final int BATCH = 256 * 1024;
    /** The smallest event grows by a fifth where it is framed. */
    private static final int FRAMED = BATCH + BATCH / 3;
    private static final int MOST = 32;
    /** A batch up to this size, in bytes, is copied once more on its way rather than given a large buffer. */
    private static final int SMALL = 16 * 1024;

    private final RelayLog log;
    private final ReentrantLock lock = new ReentrantLock();
    private final BufferPool pool;
    private final Map<Place, Slot> slots = new LinkedHashMap<>(2 * MOST, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Slot> eldest) {
            boolean full = size() > MOST;
            if (full) {
                eldest.getValue().leave();
            }
            return full;
        }
    };

    /** Frames are numbered, so that only those who count alike can share. */
    private record Place(BinlogCoordinates coordinates, int sequence) {}

    /** Where the batch of a place is made and found; it holds the batch until it must leave. */
    private static final class Slot {
        private final ReentrantLock making = new ReentrantLock();
        private final AtomicReference<@Nullable FramedBatch> batch = new AtomicReference<>();
        private volatile boolean left;

        /** The batch, held for the caller too. */
        Optional<FramedBatch> held() {
            return Optional.ofNullable(batch.get()).filter(FramedBatch::hold);
        }

        void keep(FramedBatch made) {
            if (made.hold()) {
                batch.set(made);
            }
            if (left) {
                leave();
            }
        }

        void leave() {
            left = true;
            FramedBatch kept = batch.getAndSet(null);
            if (kept != null) {
                kept.release();
            }
        }
    }

    public SharedBatches(RelayLog log) {
        this(log, new BufferPool(SMALL, FRAMED, MOST));
    }

    SharedBatches(RelayLog log, BufferPool pool) {
        this.log = log;
        this.pool = pool;
    }

    RelayLog log() {
        return log;
    }

    /**
     * The batch that begins where a reader is, which stays there.
     *
     * @param sequence the number of the first frame
     * @return a batch that the caller holds; empty if nothing is there yet, the next event must be sent by itself, or memory is short
     */
    Optional<FramedBatch> at(RelayLogReader reader, int sequence) throws RelayLogException {
        Place place = new Place(reader.position(), sequence & 0xff);
        Slot slot = slot(place);
        slot.making.lock();
        try {
            Optional<FramedBatch> known = slot.held();
            if (known.isPresent()) {
                return known;
            }
            Optional<FramedBatch> made = make(reader, place, sequence);
            made.ifPresent(slot::keep);
            return made;
        } finally {
            slot.making.unlock();
        }
    }

    private Optional<FramedBatch> make(RelayLogReader reader, Place place, int sequence) throws RelayLogException {
        if (pool.isExhausted()) {
            return Optional.empty();
        }
        ByteBuffer bytes = pool.take(BATCH);
        try {
            reader.peek(bytes.limit(BATCH));
            return FramedBatch.of(bytes, place.coordinates(), sequence, pool);
        } finally {
            pool.giveBack(bytes);
        }
    }

    private Slot slot(Place place) {
        lock.lock();
        try {
            return slots.computeIfAbsent(place, absent -> new Slot());
        } finally {
            lock.unlock();
        }
    }
}
