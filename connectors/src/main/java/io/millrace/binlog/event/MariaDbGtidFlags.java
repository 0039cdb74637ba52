package io.millrace.binlog.event;

import java.nio.ByteBuffer;

/**
 * What MariaDB's GTID event says of the transaction that it opens.
 *
 * @see <a href="https://mariadb.com/docs/server/reference/clientserver-protocol/replication-protocol/gtid_event">GTID_EVENT</a>
 */
public record MariaDbGtidFlags(int bits) {
    private static final int OFFSET = 12;
    private static final int STANDALONE = 1;
    private static final int PREPARED_XA = 64;
    private static final int COMPLETED_XA = 128;

    /** @param body of the event */
    public static MariaDbGtidFlags read(ByteBuffer body) {
        return read(body, 0);
    }

    /** @param from where the event's body begins */
    static MariaDbGtidFlags read(ByteBuffer bytes, int from) {
        return new MariaDbGtidFlags(bytes.get(from + OFFSET) & 0xff);
    }

    /** Whether a single statement follows, which no COMMIT ends. */
    public boolean isStandalone() {
        return (bits & STANDALONE) != 0;
    }

    /** Whether the transaction ends with XA PREPARE. */
    public boolean isPreparedXa() {
        return (bits & PREPARED_XA) != 0;
    }

    /** Whether the transaction is either part of an XA transaction: what is prepared, or how that ends. */
    public boolean isXa() {
        return (bits & (PREPARED_XA | COMPLETED_XA)) != 0;
    }
}
