package io.millrace.binlog.event;

import java.nio.ByteBuffer;

/**
 * The variable-length integers of {@code mysql::serialization}: the number of low one-bits of the first byte tells how many bytes
 * follow.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/PageLibsMysqlSerialization.html">MySQL serialization</a>
 */
final class Varlen {
    private Varlen() {
    }

    static long unsigned(ByteBuffer bytes) {
        int first = bytes.get() & 0xff;
        int more = Integer.numberOfTrailingZeros(~first);
        if (more >= 8) {
            return rest(bytes, 8);
        }
        long value = (long) first >>> (more + 1);
        return value | (rest(bytes, more) << (7 - more));
    }

    static long signed(ByteBuffer bytes) {
        long zigzag = unsigned(bytes);
        return (zigzag >>> 1) ^ -(zigzag & 1);
    }

    private static long rest(ByteBuffer bytes, int count) {
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (bytes.get() & 0xffL) << (8 * i);
        }
        return value;
    }
}
