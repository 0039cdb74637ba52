package io.millrace.serve.dump;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Fits the events of a MariaDB leader to clients that say they know less of MariaDB, as the leader itself would: what they cannot read is
 * left out, or replaced by something of the same length, so that positions stay as they are. Immutable.
 *
 * @see <a href="https://mariadb.com/docs/server/reference/clientserver-protocol/replication-protocol/5-slave-registration">Replica
 *      Registration, mariadb_slave_capability</a>
 */
final class MariaDbFit {
    private static final int KNOWS_ANNOTATIONS = 1;
    private static final int TOLERATES_HOLES = 2;
    private static final int KNOWS_CHECKPOINTS = 3;
    private static final int KNOWS_GTIDS = 4;
    private static final int WANTS_ANNOTATIONS = 0x02;

    private static final int GTID_FLAGS_OFFSET = EventHeader.SIZE + 12;
    private static final int STANDALONE = 1;

    private static final int TYPE_OFFSET = 4;
    private static final int FLAGS_OFFSET = 17;
    private static final int THREAD_SPECIFIC = 0x4;
    private static final int SUPPRESS_USE = 0x8;
    /** Thread id, execution time, length of the schema's name, error, length of the status variables. */
    private static final int QUERY_HEADER = 13;
    private static final int STATUS_LENGTH_OFFSET = EventHeader.SIZE + 11;
    private static final byte TIME_ZONE = 5;
    /** A query event with an empty schema and one letter of text. */
    private static final int SHORTEST_QUERY = EventHeader.SIZE + QUERY_HEADER + 2;
    /** A user variable with a name of one letter, and NULL. */
    private static final int SHORTEST_VARIABLE = EventHeader.SIZE + 6;

    private final int capability;
    private final boolean annotations;

    /**
     * For one client.
     *
     * @param capability what it has set {@code @mariadb_slave_capability} to; 0 if it has not
     * @param flags of its dump command
     */
    MariaDbFit(int capability, int flags) {
        this.capability = capability;
        this.annotations = (flags & WANTS_ANNOTATIONS) != 0;
    }

    /** Whether there are events that are not sent just as they stand. */
    boolean isNeeded() {
        return capability < KNOWS_GTIDS || !annotations;
    }

    /** The event as it is sent; empty if it is left out. */
    Optional<ByteBuffer> fit(BinlogEvent event) {
        return switch (event.type()) {
            case EventType.MARIADB_ANNOTATE_ROWS -> annotation(event);
            case EventType.MARIADB_BINLOG_CHECKPOINT -> known(event, KNOWS_CHECKPOINTS);
            case EventType.MARIADB_GTID_LIST -> known(event, KNOWS_GTIDS);
            case EventType.MARIADB_GTID -> gtid(event);
            default -> Optional.of(event.bytes());
        };
    }

    private Optional<ByteBuffer> annotation(BinlogEvent event) {
        if (annotations || capability == KNOWS_ANNOTATIONS) {
            return Optional.of(event.bytes()); // Whoever did not ask for it, but knows it, passes over it.
        }
        return capability >= TOLERATES_HOLES ? Optional.empty() : Optional.of(dummy(event));
    }

    private Optional<ByteBuffer> known(BinlogEvent event, int since) {
        if (capability >= since) {
            return Optional.of(event.bytes());
        }
        return capability >= TOLERATES_HOLES ? Optional.empty() : Optional.of(dummy(event));
    }

    private Optional<ByteBuffer> gtid(BinlogEvent event) {
        if (capability >= KNOWS_GTIDS) {
            return Optional.of(event.bytes());
        }
        if ((event.bytes().get(GTID_FLAGS_OFFSET) & STANDALONE) == 0) {
            return Optional.of(begin(event));
        }
        return capability >= TOLERATES_HOLES ? Optional.empty() : Optional.of(dummy(event));
    }

    /** What opens a transaction where there are no GTIDs. */
    private static ByteBuffer begin(BinlogEvent event) {
        byte[] text = "BEGIN".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer query = query(event);
        int room = length(event) - EventHeader.SIZE - QUERY_HEADER - 1 - text.length;
        if (room > 0) { // An empty time zone, and zeros behind it, are passed over.
            query.putShort(STATUS_LENGTH_OFFSET, (short) room);
            query.put(EventHeader.SIZE + QUERY_HEADER, TIME_ZONE);
        }
        query.put(length(event) - text.length, text);
        return finish(query, event);
    }

    private static ByteBuffer dummy(BinlogEvent event) {
        return length(event) < SHORTEST_QUERY ? variable(event) : comment(event);
    }

    private static ByteBuffer comment(BinlogEvent event) {
        int start = EventHeader.SIZE + QUERY_HEADER + 1;
        String text = "# Dummy event replacing event type " + event.type() + " that slave cannot handle.";
        byte[] padded = text.concat(" ".repeat(length(event))).getBytes(StandardCharsets.US_ASCII);
        return finish(query(event).put(start, padded, 0, length(event) - start), event);
    }

    /** For an event that is too short to become a comment. */
    private static ByteBuffer variable(BinlogEvent event) {
        ByteBuffer variable = copy(event, EventType.USER_VAR);
        int nameLength = length(event) - SHORTEST_VARIABLE + 1;
        if (nameLength > 0) {
            byte[] name = "!dummyvar".getBytes(StandardCharsets.US_ASCII);
            variable.putInt(EventHeader.SIZE, nameLength).put(EventHeader.SIZE + Integer.BYTES, name, 0, nameLength)
                    .put(EventHeader.SIZE + Integer.BYTES + nameLength, (byte) 1);
        }
        return finish(variable, event);
    }

    /** A query event of the same length, everything behind its header zero. */
    private static ByteBuffer query(BinlogEvent event) {
        ByteBuffer query = copy(event, EventType.QUERY);
        query.put(EventHeader.SIZE, new byte[length(event) - EventHeader.SIZE]);
        return query;
    }

    private static ByteBuffer copy(BinlogEvent event, int type) {
        ByteBuffer copy = ByteBuffer.allocate(event.bytes().remaining()).order(ByteOrder.LITTLE_ENDIAN).put(event.bytes().duplicate()).flip();
        int flags = copy.getShort(FLAGS_OFFSET) & ~THREAD_SPECIFIC | SUPPRESS_USE;
        return copy.put(TYPE_OFFSET, (byte) type).putShort(FLAGS_OFFSET, (short) flags);
    }

    private static ByteBuffer finish(ByteBuffer made, BinlogEvent event) {
        if (event.checksumLength() > 0) {
            ArtificialEvents.checksum(made);
        }
        return made;
    }

    /** Without the checksum. */
    private static int length(BinlogEvent event) {
        return event.bytes().remaining() - event.checksumLength();
    }
}
