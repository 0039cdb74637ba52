package io.millrace.serve.dump;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Batches of one relay log that replicas which are together are all sent: each is read and framed once. Holds some 9 MiB at most. Any
 * thread.
 */
public final class SharedBatches {
    /** What is read of the log at once, in bytes. */
    static final int BATCH = 128 * 1024;
    private static final int MOST = 64;

    private final RelayLog log;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Place, Slot> slots = new LinkedHashMap<>(2 * MOST, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Slot> eldest) {
            return size() > MOST;
        }
    };

    /** Frames are numbered, so that only those who count alike can share. */
    private record Place(BinlogCoordinates coordinates, int sequence) {}

    private static final class Slot {
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable FramedBatch batch;
    }

    public SharedBatches(RelayLog log) {
        this.log = log;
    }

    RelayLog log() {
        return log;
    }

    /**
     * The batch that begins where a reader is, which stays there.
     *
     * @param sequence the number of the first frame
     * @return empty if nothing is there yet, or the next event must be sent by itself
     */
    Optional<FramedBatch> at(RelayLogReader reader, int sequence) throws RelayLogException {
        Place place = new Place(reader.position(), sequence & 0xff);
        Slot slot = slot(place);
        slot.lock.lock();
        try {
            FramedBatch known = slot.batch;
            if (known != null) {
                return Optional.of(known);
            }
            Optional<FramedBatch> made = FramedBatch.of(reader.peek(BATCH), place.coordinates(), sequence);
            slot.batch = made.orElse(null);
            return made;
        } finally {
            slot.lock.unlock();
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
