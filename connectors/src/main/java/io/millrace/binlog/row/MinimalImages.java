package io.millrace.binlog.row;

import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;

/**
 * Takes out of the before images of an update or delete what nobody needs who finds rows by a key: what is left is what a leader logs with
 * {@code binlog_row_image=MINIMAL}. After images stay as they are.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-options-binary-log.html#sysvar_binlog_row_image">binlog_row_image</a>
 */
public final class MinimalImages {
    private static final int LENGTH_OFFSET = 9;
    private static final int TYPE_OFFSET = 4;
    private static final int FIXED = 8;

    private final ByteBuffer from;
    private final TableMap table;
    private final BitSet key;
    private final byte[] into;
    private int at;
    private int written;

    private MinimalImages(byte[] event, TableMap table, BitSet key) {
        this.from = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        this.table = table;
        this.key = key;
        this.into = new byte[event.length];
    }

    /**
     * An event whose before images hold the key alone.
     *
     * @param event a rows event, header included, checksum taken off
     * @param key the columns of a key that tells each row from all others, by number from 0; empty if there is none
     * @return the event that was given where it is no plain update or delete, where its images lack a part of the key, or hold nothing else,
     *         and where a value of the key is NULL
     */
    public static byte[] of(byte[] event, TableMap table, BitSet key) {
        int type = event[TYPE_OFFSET];
        boolean update = type == EventType.UPDATE_ROWS || type == EventType.UPDATE_ROWS_V1;
        boolean delete = type == EventType.DELETE_ROWS || type == EventType.DELETE_ROWS_V1;
        if (key.isEmpty() || !update && !delete) {
            return event;
        }
        return new MinimalImages(event, table, key).rewrite(type, update);
    }

    private byte[] rewrite(int type, boolean update) {
        at = EventHeader.SIZE + FIXED;
        if (type >= EventType.ROWS_QUERY) {
            at += from.getShort(at) & 0xffff;
        }
        int columns = (int) Lenenc.read(from.position(at));
        at = from.position();
        int bitmap = (columns + 7) / 8;
        BitSet before = bits(at, columns);
        BitSet after = update ? bits(at + bitmap, columns) : new BitSet();
        if (columns != table.columns().size() || !has(before, key) || before.cardinality() == key.cardinality()) {
            return from.array();
        }
        System.arraycopy(from.array(), 0, into, 0, at);
        written = at;
        put(key, columns);
        at += bitmap;
        if (update) {
            copy(at, bitmap);
            at += bitmap;
        }
        while (at < from.limit()) {
            if (!image(before, true)) {
                return from.array();
            }
            if (update) {
                int start = at;
                image(after, false);
                copy(start, at - start);
            }
        }
        byte[] shorter = new byte[written];
        System.arraycopy(into, 0, shorter, 0, written);
        ByteBuffer.wrap(shorter).order(ByteOrder.LITTLE_ENDIAN).putInt(LENGTH_OFFSET, written);
        return shorter;
    }

    private BitSet bits(int start, int count) {
        BitSet bits = BitSet.valueOf(from.slice(start, (count + 7) / 8));
        bits.clear(count, Math.max(count, bits.length())); // Servers set them or not.
        return bits;
    }

    private static boolean has(BitSet columns, BitSet wanted) {
        BitSet missing = (BitSet) wanted.clone();
        missing.andNot(columns);
        return missing.isEmpty();
    }

    /** Steps over an image; of a before image it writes the key. Tells whether that has all its values: the leader may have another one. */
    private boolean image(BitSet present, boolean before) {
        int nulls = at;
        at += (present.cardinality() + 7) / 8;
        if (before) {
            put(new BitSet(), key.cardinality());
        }
        int bit = 0;
        for (int column = present.nextSetBit(0); column >= 0; column = present.nextSetBit(column + 1)) {
            boolean isNull = (from.get(nulls + bit / 8) >> bit % 8 & 1) != 0;
            bit++;
            if (isNull && before && key.get(column)) {
                return false;
            }
            if (!isNull) {
                ColumnType type = table.columns().get(column);
                int size = ValueSize.prefix(type) + ValueSize.content(type, from, at);
                if (before && key.get(column)) {
                    copy(at, size);
                }
                at += size;
            }
        }
        return true;
    }

    /** Writes a bitmap; the bits behind its end are set, as a server sets them. */
    private void put(BitSet bits, int count) {
        for (int i = 0; i < (count + 7) / 8 * 8; i += 8) {
            int octet = 0;
            for (int j = 0; j < 8; j++) {
                octet |= i + j >= count || bits.get(i + j) ? 1 << j : 0;
            }
            into[written++] = (byte) octet;
        }
    }

    private void copy(int start, int size) {
        System.arraycopy(from.array(), start, into, written, size);
        written += size;
    }
}
