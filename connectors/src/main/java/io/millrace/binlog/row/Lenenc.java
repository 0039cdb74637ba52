package io.millrace.binlog.row;

import java.nio.ByteBuffer;

/**
 * Length-encoded integers.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_dt_integers.html">Protocol::LengthEncodedInteger</a>
 */
public final class Lenenc {
    private Lenenc() {
    }

    /** Reads one at the position of the bytes, which are little-endian. */
    public static long read(ByteBuffer bytes) {
        int first = bytes.get() & 0xff;
        return switch (first) {
            case 0xfc -> bytes.getShort() & 0xffff;
            case 0xfd -> bytes.getShort() & 0xffff | (bytes.get() & 0xff) << 16;
            case 0xfe -> bytes.getLong();
            default -> first;
        };
    }
}
