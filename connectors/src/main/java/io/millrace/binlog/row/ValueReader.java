package io.millrace.binlog.row;

import java.nio.ByteBuffer;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Locale;

/** Reads the value of one column at the buffer's position, and moves past it. */
final class ValueReader {
    private ValueReader() {
    }

    static Value read(ColumnType type, ByteBuffer row) {
        return switch (type.code()) {
            case ColumnType.TINY -> number(type.unsigned() ? row.get() & 0xff : row.get());
            case ColumnType.SHORT -> number(type.unsigned() ? row.getShort() & 0xffff : row.getShort());
            case ColumnType.INT24 -> number(int24(row, type.unsigned()));
            case ColumnType.LONG -> number(type.unsigned() ? Integer.toUnsignedLong(row.getInt()) : row.getInt());
            case ColumnType.LONGLONG -> new Value.Text(type.unsigned() ? Long.toUnsignedString(row.getLong()) : Long.toString(row.getLong()));
            case ColumnType.FLOAT -> new Value.Floating(row.getFloat(), false);
            case ColumnType.DOUBLE -> new Value.Floating(row.getDouble(), true);
            case ColumnType.NEWDECIMAL -> new Value.Text(DecimalReader.read(type.meta() >> 8, type.meta() & 0xff, row));
            case ColumnType.VARCHAR, ColumnType.VAR_STRING -> bytes(row, unsigned(row, type.meta() > 255 ? 2 : 1));
            case ColumnType.STRING -> bytes(row, unsigned(row, type.meta() > 255 ? 2 : 1));
            case ColumnType.BLOB, ColumnType.TINY_BLOB, ColumnType.MEDIUM_BLOB, ColumnType.LONG_BLOB, ColumnType.GEOMETRY, ColumnType.VECTOR ->
                bytes(row, unsigned(row, type.meta()));
            case ColumnType.JSON -> new Value.Json(slice(row, unsigned(row, type.meta())));
            case ColumnType.BIT -> bytes(row, (type.meta() >> 8) + ((type.meta() & 0xff) > 0 ? 1 : 0));
            case ColumnType.ENUM -> number(unsigned(row, type.meta() & 0xff));
            case ColumnType.SET -> new Value.Text(Long.toUnsignedString(unsigned(row, type.meta() & 0xff)));
            default -> temporal(type, row);
        };
    }

    private static Value temporal(ColumnType type, ByteBuffer row) {
        return switch (type.code()) {
            case ColumnType.YEAR -> year(row.get() & 0xff);
            case ColumnType.DATE -> date((int) unsigned(row, 3));
            case ColumnType.TIME -> oldTime(int24(row, false));
            case ColumnType.DATETIME -> oldDatetime(row.getLong());
            case ColumnType.TIMESTAMP -> timestamp(Integer.toUnsignedLong(row.getInt()), 0, 0);
            case ColumnType.TIMESTAMP2 -> timestamp(bigEndian(row, 4), fraction(row, type.meta()), type.meta());
            case ColumnType.DATETIME2 -> datetime(bigEndian(row, 5) - 0x8000000000L, fraction(row, type.meta()), type.meta());
            case ColumnType.TIME2 -> time(row, type.meta());
            default -> throw new IllegalArgumentException("column type " + type.code() + " is not known");
        };
    }

    private static Value number(long value) {
        return new Value.Text(Long.toString(value));
    }

    private static long int24(ByteBuffer row, boolean unsigned) {
        long value = unsigned(row, 3);
        return unsigned || value < 0x800000 ? value : value - 0x1000000;
    }

    private static long unsigned(ByteBuffer row, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value |= (row.get() & 0xffL) << (8 * i);
        }
        return value;
    }

    private static long bigEndian(ByteBuffer row, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | row.get() & 0xff;
        }
        return value;
    }

    private static Value bytes(ByteBuffer row, long length) {
        return new Value.Bytes(slice(row, length));
    }

    private static ByteBuffer slice(ByteBuffer row, long length) {
        ByteBuffer part = row.slice(row.position(), Math.toIntExact(length));
        row.position(row.position() + part.limit());
        return part;
    }

    private static Value year(int value) {
        return new Value.Text(value == 0 ? "0000" : Integer.toString(1900 + value));
    }

    private static Value date(int packed) {
        return new Value.Text(String.format(Locale.ROOT, "%04d-%02d-%02d", packed >> 9, packed >> 5 & 15, packed & 31));
    }

    private static Value oldTime(long packed) {
        long size = Math.abs(packed);
        return new Value.Text(String.format(Locale.ROOT, "%s%02d:%02d:%02d", packed < 0 ? "-" : "", size / 10000, size / 100 % 100, size % 100));
    }

    private static Value oldDatetime(long packed) {
        return new Value.Text(String.format(Locale.ROOT, "%04d-%02d-%02d %02d:%02d:%02d", packed / 10000000000L, packed / 100000000 % 100,
                packed / 1000000 % 100, packed / 10000 % 100, packed / 100 % 100, packed % 100));
    }

    private static Value timestamp(long seconds, long micros, int digits) {
        if (seconds == 0) {
            return new Value.Text("0000-00-00 00:00:00" + fractionText(0, digits));
        }
        LocalDateTime moment = LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC);
        return new Value.Text(String.format(Locale.ROOT, "%04d-%02d-%02d %02d:%02d:%02d", moment.getYear(), moment.getMonthValue(),
                moment.getDayOfMonth(), moment.getHour(), moment.getMinute(), moment.getSecond()) + fractionText(micros, digits));
    }

    /** Year and month share a field: year * 13 + month. */
    private static Value datetime(long packed, long micros, int digits) {
        long date = packed >> 17;
        long yearMonth = date >> 5;
        long time = packed & 0x1ffff;
        return new Value.Text(String.format(Locale.ROOT, "%04d-%02d-%02d %02d:%02d:%02d", yearMonth / 13, yearMonth % 13, date & 31, time >> 12,
                time >> 6 & 63, time & 63) + fractionText(micros, digits));
    }

    /** Whole and fraction are one number in excess form, so that a negative time has its fraction borrowed from the whole. */
    private static Value time(ByteBuffer row, int digits) {
        int fractionBytes = (digits + 1) / 2;
        int length = 3 + fractionBytes;
        long packed = bigEndian(row, length) - (1L << (8 * length - 1));
        long size = Math.abs(packed);
        long whole = size >> (8 * fractionBytes);
        long micros = scaled(size & ((1L << (8 * fractionBytes)) - 1), fractionBytes);
        return new Value.Text(String.format(Locale.ROOT, "%s%02d:%02d:%02d", packed < 0 ? "-" : "", whole >> 12 & 0x3ff, whole >> 6 & 63, whole & 63)
                + fractionText(micros, digits));
    }

    private static long fraction(ByteBuffer row, int digits) {
        int length = (digits + 1) / 2;
        return scaled(bigEndian(row, length), length);
    }

    private static long scaled(long fraction, int length) {
        return switch (length) {
            case 1 -> fraction * 10000;
            case 2 -> fraction * 100;
            default -> fraction;
        };
    }

    private static String fractionText(long micros, int digits) {
        return digits == 0 ? "" : "." + String.format(Locale.ROOT, "%06d", micros).substring(0, digits);
    }
}
