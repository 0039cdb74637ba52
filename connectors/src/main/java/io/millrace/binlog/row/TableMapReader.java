package io.millrace.binlog.row;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code TABLE_MAP} events. */
public final class TableMapReader {
    private static final int FIXED = 8;
    private static final int SIGNEDNESS = 1;

    private TableMapReader() {
    }

    /** The table id of a {@code TABLE_MAP} or rows event: six bytes. */
    public static long tableId(ByteBuffer body) {
        return Integer.toUnsignedLong(body.getInt(0)) | (long) (body.getShort(4) & 0xffff) << 32;
    }

    /** Reads the body of the event, checksum taken off. */
    public static TableMap read(ByteBuffer event) {
        ByteBuffer body = event.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(FIXED);
        String schema = name(body);
        String table = name(body);
        int count = (int) Lenenc.read(body);
        byte[] types = new byte[count];
        body.get(types);
        int metadataLength = (int) Lenenc.read(body);
        int afterMetadata = body.position() + metadataLength;
        List<ColumnType> columns = new ArrayList<>(count);
        for (byte type : types) {
            columns.add(column(type & 0xff, body));
        }
        body.position(afterMetadata + (count + 7) / 8);
        readSigns(body, columns);
        return new TableMap(tableId(event), schema, table, columns);
    }

    private static String name(ByteBuffer body) {
        byte[] text = new byte[body.get() & 0xff];
        body.get(text);
        body.get();
        return new String(text, StandardCharsets.UTF_8);
    }

    private static ColumnType column(int type, ByteBuffer body) {
        return switch (type) {
            case ColumnType.FLOAT, ColumnType.DOUBLE, ColumnType.BLOB, ColumnType.TINY_BLOB, ColumnType.MEDIUM_BLOB, ColumnType.LONG_BLOB,
                    ColumnType.JSON, ColumnType.GEOMETRY, ColumnType.VECTOR, ColumnType.BLOB_COMPRESSED, ColumnType.TIMESTAMP2, ColumnType.DATETIME2,
                    ColumnType.TIME2 ->
                new ColumnType(type, body.get() & 0xff, false);
            case ColumnType.VARCHAR, ColumnType.VARCHAR_COMPRESSED, ColumnType.VAR_STRING, ColumnType.BIT ->
                new ColumnType(type, body.getShort() & 0xffff, false);
            case ColumnType.NEWDECIMAL -> new ColumnType(type, (body.get() & 0xff) << 8 | body.get() & 0xff, false);
            case ColumnType.STRING -> string(body.get() & 0xff, body.get() & 0xff);
            default -> new ColumnType(type, 0, false);
        };
    }

    /** The two high bits of a length above 255 are folded, inverted, into the byte of the real type. */
    private static ColumnType string(int first, int second) {
        if ((first & 0x30) != 0x30) {
            return new ColumnType(first | 0x30, second | ((first & 0x30) ^ 0x30) << 4, false);
        }
        return new ColumnType(first, second, false);
    }

    private static void readSigns(ByteBuffer body, List<ColumnType> columns) {
        while (body.remaining() > 1) {
            int field = body.get() & 0xff;
            int length = (int) Lenenc.read(body);
            if (field == SIGNEDNESS) {
                applySigns(body, columns);
                return;
            }
            body.position(body.position() + length);
        }
    }

    private static void applySigns(ByteBuffer body, List<ColumnType> columns) {
        int start = body.position();
        int bit = 0;
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).isNumeric()) {
                boolean unsigned = (body.get(start + bit / 8) & 0x80 >> bit % 8) != 0;
                columns.set(i, columns.get(i).withUnsigned(unsigned));
                bit++;
            }
        }
    }
}
