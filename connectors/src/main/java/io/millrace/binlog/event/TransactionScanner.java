package io.millrace.binlog.event;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Tells where transactions end in a sequence of events. It needs the header of each event and the first bytes of its body, so it
 * works on events that are too large to hold. One thread.
 */
public final class TransactionScanner {
    /** What an event does to the transaction it stands in. */
    public enum Step {
        /** The event stands between transactions. */
        OUTSIDE,
        /** The event opens a transaction or goes on with it. */
        INSIDE,
        /** The transaction is whole with this event. */
        END
    }

    private enum State {
        NONE, OPENED, BEGUN
    }

    private static final int QUERY_POST_HEADER = 13;
    private static final byte[] BEGIN = "BEGIN".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] COMMIT = "COMMIT".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ROLLBACK = "ROLLBACK".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] XA_START = "XA START".getBytes(StandardCharsets.US_ASCII);

    private State state = State.NONE;

    /** Whether the events so far end between two transactions. */
    public boolean isOutside() {
        return state == State.NONE;
    }

    /** Forgets an unfinished transaction. */
    public void reset() {
        state = State.NONE;
    }

    /**
     * Takes the next event.
     *
     * @param body the body, without its checksum, or its first kilobytes; little-endian from index 0
     */
    public Step accept(EventHeader header, ByteBuffer body) {
        return accept(header, body, 0, body.limit());
    }

    /**
     * Takes the next event, whose body, without its checksum, stands inside of other bytes.
     *
     * @param from where the body begins
     * @param to where it ends, or where what is there of it ends
     */
    public Step accept(EventHeader header, ByteBuffer bytes, int from, int to) {
        return switch (header.type()) {
            case EventType.GTID, EventType.ANONYMOUS_GTID, EventType.GTID_TAGGED -> to(State.OPENED, Step.INSIDE);
            case EventType.MARIADB_GTID ->
                to(MariaDbGtidFlags.read(bytes, from).isStandalone() ? State.OPENED : State.BEGUN, Step.INSIDE);
            case EventType.QUERY -> query(bytes, from, to);
            case EventType.MARIADB_QUERY_COMPRESSED -> state == State.BEGUN ? Step.INSIDE : to(State.NONE, Step.END);
            case EventType.XID, EventType.XA_PREPARE, EventType.TRANSACTION_PAYLOAD, EventType.INCIDENT -> to(State.NONE, Step.END);
            case EventType.FORMAT_DESCRIPTION, EventType.PREVIOUS_GTIDS, EventType.MARIADB_GTID_LIST, EventType.MARIADB_BINLOG_CHECKPOINT,
                    EventType.ROTATE, EventType.STOP, EventType.MARIADB_START_ENCRYPTION ->
                to(State.NONE, Step.OUTSIDE);
            case EventType.INTVAR, EventType.RAND, EventType.USER_VAR -> state == State.NONE ? to(State.OPENED, Step.INSIDE) : Step.INSIDE;
            default -> state == State.NONE ? Step.OUTSIDE : Step.INSIDE;
        };
    }

    private Step query(ByteBuffer bytes, int from, int to) {
        int statement = from + QUERY_POST_HEADER + (bytes.getShort(from + 11) & 0xffff) + (bytes.get(from + 8) & 0xff) + 1;
        if (is(BEGIN, bytes, statement, to) || begins(XA_START, bytes, statement, to)) {
            return to(State.BEGUN, Step.INSIDE);
        }
        if (state == State.BEGUN) {
            return is(COMMIT, bytes, statement, to) || is(ROLLBACK, bytes, statement, to) ? to(State.NONE, Step.END) : Step.INSIDE;
        }
        return to(State.NONE, Step.END);
    }

    private static boolean is(byte[] word, ByteBuffer bytes, int from, int to) {
        return to - from == word.length && begins(word, bytes, from, to);
    }

    private static boolean begins(byte[] word, ByteBuffer bytes, int from, int to) {
        if (to - from < word.length) {
            return false;
        }
        for (int i = 0; i < word.length; i++) {
            if (bytes.get(from + i) != word[i]) {
                return false;
            }
        }
        return true;
    }

    private Step to(State next, Step step) {
        state = next;
        return step;
    }
}
