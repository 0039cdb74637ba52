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
        return gtid -> false;
    }

    /** Leaves out what is in a set. */
    static SkipRule of(GtidSet known) {
        return event -> GtidEventReader.read(event).filter(known::contains).isPresent();
    }
}
