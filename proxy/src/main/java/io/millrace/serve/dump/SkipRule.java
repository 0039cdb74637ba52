package io.millrace.serve.dump;

import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.GtidEventReader;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Which transactions a replica has already. One thread. */
interface SkipRule {
    /** Whether the transaction that begins with this event is left out. */
    boolean skips(BinlogEvent gtid) throws DumpRefused;

    /** Whether nothing of a batch is left out, nor anything noted that stands in it. */
    boolean sendsAllOf(FramedBatch batch);

    /** Whether the replica wants only a part of the log. */
    default boolean hasEnd() {
        return false;
    }

    /** Once the stream has come to the last transaction that is wanted: the body of the list with which MariaDB's replicas are told so. */
    default Optional<ByteBuffer> last() {
        return Optional.empty();
    }

    /** What the replica waits for and has not been seen yet; empty where it waits for nothing. */
    default Optional<String> missing() {
        return Optional.empty();
    }

    /** The body of the list with which MariaDB's replicas are told how far everything was left out; empty for others. */
    default Optional<ByteBuffer> reached() {
        return Optional.empty();
    }

    /** Nothing is left out. */
    static SkipRule none() {
        return of(GtidSet.empty());
    }

    /** Leaves out what is in a set. */
    static SkipRule of(GtidSet known) {
        return new SkipRule() {
            @Override
            public boolean skips(BinlogEvent gtid) {
                return GtidEventReader.read(gtid).filter(known::contains).isPresent();
            }

            @Override
            public boolean sendsAllOf(FramedBatch batch) {
                return known.isEmpty() || !known.containsAnyOf(batch.gtids());
            }
        };
    }
}
