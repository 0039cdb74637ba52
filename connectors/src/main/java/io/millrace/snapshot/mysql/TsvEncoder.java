package io.millrace.snapshot.mysql;

import io.millrace.protocol.TextRow;
import io.millrace.snapshot.RowSink;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Turns a row of the text protocol into a line that {@code LOAD DATA} reads with its defaults. Bytes in, bytes out; no value becomes a
 * Java object. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/load-data.html">LOAD DATA: field and line handling</a>
 */
public final class TsvEncoder {
    private static final int INITIAL = 64 * 1024;
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long BACKSLASHES = ONES * '\\';
    private static final long TABS = ONES * '\t';
    private static final long NEWLINES = ONES * '\n';

    private byte[] line = new byte[INITIAL];

    /**
     * The line of a row in an array-backed buffer, with its line end; good until the next call.
     *
     * @param row an array-backed buffer whose position is at the first column; it is moved past the row
     */
    public ByteBuffer encode(ByteBuffer row, int columns) {
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

    /** Takes the pieces of a row that is too wide to be held, and hands on those of its line. One row. */
    final class WideRow {
        private static final int LONGEST_HEAD = 9;

        private final int columns;
        private final RowSink sink;
        private final ByteBuffer head = ByteBuffer.allocate(LONGEST_HEAD).order(ByteOrder.LITTLE_ENDIAN);
        private int column;
        private long valueLeft = -1;

        WideRow(int columns, RowSink sink) {
            this.columns = columns;
            this.sink = sink;
        }

        /** @param bytes the next piece of the packet, array-backed */
        void part(ByteBuffer bytes) throws IOException {
            if (!bytes.hasRemaining()) {
                return; // The end of the packet, which the line has told already.
            }
            int end = 0;
            while (bytes.hasRemaining()) {
                if (valueLeft < 0) {
                    head.put(bytes.get());
                    if (head.position() == headLength(head.get(0) & 0xff)) {
                        end = beginValue(end);
                    }
                } else {
                    int count = (int) Math.min(Math.min(valueLeft, bytes.remaining()), (line.length - end - LONGEST_HEAD) / 2);
                    end = escape(bytes, count, end);
                    valueLeft -= count;
                    end = valueLeft == 0 ? endValue(end) : end;
                }
                if (line.length - end < INITIAL / 2) {
                    sink.part(ByteBuffer.wrap(line, 0, end), false);
                    end = 0;
                }
            }
            sink.part(ByteBuffer.wrap(line, 0, end), column == columns);
        }

        private int beginValue(int start) {
            valueLeft = TextRow.nextLength(head.flip());
            head.clear();
            int end = start;
            if (valueLeft == TextRow.NULL) {
                line[end++] = '\\';
                line[end++] = 'N';
                valueLeft = 0;
            }
            return valueLeft == 0 ? endValue(end) : end;
        }

        private int endValue(int start) {
            column++;
            valueLeft = -1;
            line[start] = (byte) (column == columns ? '\n' : '\t');
            return start + 1;
        }

        private static int headLength(int first) {
            return switch (first) {
                case 0xfc -> 3;
                case 0xfd -> 4;
                case 0xfe -> LONGEST_HEAD;
                default -> 1;
            };
        }
    }

    private int escape(ByteBuffer row, int length, int start) {
        byte[] source = row.array();
        int from = row.arrayOffset() + row.position();
        row.position(row.position() + length);
        int limit = from + length;
        int end = start;
        while (limit - from >= Long.BYTES) {
            long word = (long) WORDS.get(source, from);
            if (holdsSpecial(word)) {
                end = escapeBytes(source, from, Long.BYTES, end);
            } else {
                WORDS.set(line, end, word);
                end += Long.BYTES;
            }
            from += Long.BYTES;
        }
        return escapeBytes(source, from, limit - from, end);
    }

    /** Whether one of the eight bytes is to be escaped: a byte that is x becomes 0 in {@code word ^ xxxxxxxx}. */
    private static boolean holdsSpecial(long word) {
        return (zeros(word) | zeros(word ^ BACKSLASHES) | zeros(word ^ TABS) | zeros(word ^ NEWLINES)) != 0;
    }

    /** Not 0 if and only if a byte of the word is 0. */
    private static long zeros(long word) {
        return word - ONES & ~word & HIGH_BITS;
    }

    private int escapeBytes(byte[] source, int from, int length, int start) {
        int end = start;
        for (int i = from; i < from + length; i++) {
            byte value = source[i];
            if (value == '\\' || value == '\t' || value == '\n' || value == 0) {
                line[end++] = '\\';
                value = value == 0 ? (byte) '0' : value;
            }
            line[end++] = value;
        }
        return end;
    }

    private void ensure(int size) {
        if (line.length < size) {
            line = new byte[Math.max(size, line.length * 2)];
        }
    }
}
