package io.millrace.binlog.row;

import java.nio.ByteBuffer;

/** How many bytes a value takes in a row image: enough to step over it without making anything of it. */
public final class ValueSize {
    private ValueSize() {
    }

    /** How many bytes in front of the value tell its length; 0 where the type alone tells. */
    public static int prefix(ColumnType type) {
        return switch (type.code()) {
            case ColumnType.VARCHAR, ColumnType.VARCHAR_COMPRESSED, ColumnType.VAR_STRING, ColumnType.STRING -> type.meta() > 255 ? 2 : 1;
            case ColumnType.BLOB, ColumnType.TINY_BLOB, ColumnType.MEDIUM_BLOB, ColumnType.LONG_BLOB, ColumnType.BLOB_COMPRESSED, ColumnType.GEOMETRY,
                    ColumnType.VECTOR,
                    ColumnType.JSON ->
                type.meta();
            default -> 0;
        };
    }

    /**
     * The length of the value itself, in bytes, without what stands in front of it.
     *
     * @param at where the value begins, with its prefix
     * @throws IllegalArgumentException for a type that is not known
     */
    public static int content(ColumnType type, ByteBuffer row, int at) {
        int prefix = prefix(type);
        if (prefix == 0) {
            return fixed(type);
        }
        long length = 0;
        for (int i = 0; i < prefix; i++) {
            length |= (row.get(at + i) & 0xffL) << (8 * i);
        }
        return Math.toIntExact(length);
    }

    private static int fixed(ColumnType type) {
        int meta = type.meta();
        return switch (type.code()) {
            case ColumnType.TINY, ColumnType.YEAR -> 1;
            case ColumnType.SHORT -> 2;
            case ColumnType.INT24, ColumnType.DATE, ColumnType.TIME -> 3;
            case ColumnType.LONG, ColumnType.FLOAT, ColumnType.TIMESTAMP -> 4;
            case ColumnType.LONGLONG, ColumnType.DOUBLE, ColumnType.DATETIME -> 8;
            case ColumnType.NEWDECIMAL -> DecimalReader.size(meta >> 8, meta & 0xff);
            case ColumnType.BIT -> (meta >> 8) + ((meta & 0xff) > 0 ? 1 : 0);
            case ColumnType.ENUM, ColumnType.SET -> meta & 0xff;
            case ColumnType.TIMESTAMP2 -> 4 + (meta + 1) / 2;
            case ColumnType.DATETIME2 -> 5 + (meta + 1) / 2;
            case ColumnType.TIME2 -> 3 + (meta + 1) / 2;
            default -> throw new IllegalArgumentException("column type " + type.code() + " is not known");
        };
    }
}
