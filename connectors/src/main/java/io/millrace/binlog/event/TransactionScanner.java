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

    private static final int LONGEST_KEYWORD = 9;
    private static final int QUERY_POST_HEADER = 13;
    private static final int MARIADB_STANDALONE = 1;

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
     * @param body the body or its first kilobytes, little-endian from index 0
     */
    public Step accept(EventHeader header, ByteBuffer body) {
        return switch (header.type()) {
            case EventType.GTID, EventType.ANONYMOUS_GTID, EventType.GTID_TAGGED -> to(State.OPENED, Step.INSIDE);
            case EventType.MARIADB_GTID -> to((body.get(12) & MARIADB_STANDALONE) != 0 ? State.OPENED : State.BEGUN, Step.INSIDE);
            case EventType.QUERY -> query(keyword(body));
            case EventType.MARIADB_QUERY_COMPRESSED -> state == State.BEGUN ? Step.INSIDE : to(State.NONE, Step.END);
            case EventType.XID, EventType.XA_PREPARE, EventType.TRANSACTION_PAYLOAD, EventType.INCIDENT -> to(State.NONE, Step.END);
            case EventType.FORMAT_DESCRIPTION, EventType.PREVIOUS_GTIDS, EventType.MARIADB_GTID_LIST, EventType.MARIADB_BINLOG_CHECKPOINT,
                    EventType.ROTATE, EventType.STOP, EventType.MARIADB_START_ENCRYPTION ->
                to(State.NONE, Step.OUTSIDE);
            case EventType.INTVAR, EventType.RAND, EventType.USER_VAR -> state == State.NONE ? to(State.OPENED, Step.INSIDE) : Step.INSIDE;
            default -> state == State.NONE ? Step.OUTSIDE : Step.INSIDE;
        };
    }

    private Step query(String keyword) {
        if (keyword.equals("BEGIN") || keyword.startsWith("XA START")) {
            return to(State.BEGUN, Step.INSIDE);
        }
        if (state == State.BEGUN) {
            return keyword.equals("COMMIT") || keyword.equals("ROLLBACK") ? to(State.NONE, Step.END) : Step.INSIDE;
        }
        return to(State.NONE, Step.END);
    }

    private Step to(State next, Step step) {
        state = next;
        return step;
    }

    /** The statement when it is a short one, else its first characters: enough to know the words that delimit transactions. */
    private static String keyword(ByteBuffer body) {
        int start = QUERY_POST_HEADER + (body.getShort(11) & 0xffff) + (body.get(8) & 0xff) + 1;
        byte[] text = new byte[Math.max(0, Math.min(LONGEST_KEYWORD, body.limit() - start))];
        body.get(start, text);
        return new String(text, StandardCharsets.US_ASCII);
    }
}
