package io.millrace.snapshot.mysql;

import io.millrace.protocol.TextRow;
import java.nio.ByteBuffer;

/**
 * Turns a row of the text protocol into a line that {@code LOAD DATA} reads with its defaults. Bytes in, bytes out; no value becomes a
 * Java object. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/load-data.html">LOAD DATA: field and line handling</a>
 */
final class TsvEncoder {
    private static final int INITIAL = 64 * 1024;

    private byte[] line = new byte[INITIAL];

    /** The line of a row, with its line end; good until the next call. */
    ByteBuffer encode(ByteBuffer row, int columns) {
        int end = 0;
        ensure(2 * row.remaining() + 3 * columns);
        for (int i = 0; i < columns; i++) {
            long length = TextRow.nextLength(row);
            if (length == TextRow.NULL) {
                line[end++] = '\\';
                line[end++] = 'N';
            } else {
                end = escape(row, (int) length, end);
            }
            line[end++] = (byte) (i + 1 == columns ? '\n' : '\t');
        }
        return ByteBuffer.wrap(line, 0, end);
    }

    private int escape(ByteBuffer row, int length, int start) {
        int end = start;
        for (int i = 0; i < length; i++) {
            byte value = row.get();
            switch (value) {
                case '\\', '\t', '\n' -> {
                    line[end++] = '\\';
                    line[end++] = value;
                }
                case 0 -> {
                    line[end++] = '\\';
                    line[end++] = '0';
                }
                default -> line[end++] = value;
            }
        }
        return end;
    }

    private void ensure(int size) {
        if (line.length < size) {
            line = new byte[Math.max(size, line.length * 2)];
        }
    }
}
