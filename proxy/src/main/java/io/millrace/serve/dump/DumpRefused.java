package io.millrace.serve.dump;

import io.millrace.protocol.ErrPacket;

/** A replica cannot be served, or no longer. It gets the packet in place of events. */
public final class DumpRefused extends Exception {
    /** Fatal to a replica: its receiver stops until a person acts. */
    static final int ER_MASTER_FATAL_ERROR_READING_BINLOG = 1236;
    /** Not fatal to a replica: it connects again. */
    private static final int ER_UNKNOWN_ERROR = 1105;

    private final transient ErrPacket answer;

    private DumpRefused(ErrPacket answer) {
        super(answer.message());
        this.answer = answer;
    }

    /** A person must act; the texts are those that a leader gives, since people and tools know them. */
    static DumpRefused fatal(String message) {
        return new DumpRefused(new ErrPacket(ER_MASTER_FATAL_ERROR_READING_BINLOG, "HY000", message));
    }

    /** The replica is to come again. */
    static DumpRefused forNow(String message) {
        return new DumpRefused(new ErrPacket(ER_UNKNOWN_ERROR, "HY000", message));
    }

    public ErrPacket answer() {
        return answer;
    }
}
