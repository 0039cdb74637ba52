package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.row.ColumnType;
import io.millrace.binlog.row.JsonText;
import io.millrace.binlog.row.Value;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Values of row images as SQL literals that give the same value again. */
final class SqlLiterals {
    private static final HexFormat HEX = HexFormat.of();

    private SqlLiterals() {
    }

    static String of(TableShapes.ShapeColumn column, ColumnType type, Value value) {
        return switch (value) {
            case Value.Null none -> "NULL";
            case Value.Text text -> isNumber(column) ? text.text() : "'" + text.text() + "'";
            case Value.Floating number -> floating(number.number());
            case Value.Json json -> json(JsonText.of(json.bytes()));
            case Value.Bytes bytes when column.dataType().equals("bit") -> bit(bytes.bytes());
            case Value.Bytes bytes ->
                (column.charset().isEmpty() ? "" : "_" + column.charset() + " ") + "x'" + hex(padded(column, type, bytes)) + "'";
        };
    }

    /** Without an exponent it would be a DECIMAL, which has no zero below zero. */
    private static String floating(double number) {
        String text = Double.toString(number);
        return text.indexOf('E') < 0 ? text + "E0" : text;
    }

    static String json(String text) {
        return "CAST(CONVERT(x'" + HEX.formatHex(text.getBytes(StandardCharsets.UTF_8)) + "' USING utf8mb4) AS JSON)";
    }

    /** The condition that a column has exactly this value, whatever its collation. */
    static String condition(TableShapes.ShapeColumn column, ColumnType type, Value value) {
        return switch (value) {
            case Value.Bytes bytes when !column.key() && !column.dataType().equals("bit") ->
                "CAST(" + column.name() + " AS BINARY) <=> x'" + hex(padded(column, type, bytes)) + "'";
            default -> column.name() + " <=> " + of(column, type, value);
        };
    }

    private static boolean isNumber(TableShapes.ShapeColumn column) {
        return switch (column.dataType()) {
            case "date", "time", "datetime", "timestamp", "year" -> false;
            default -> true;
        };
    }

    /** The log leaves the zeros at the end of BINARY out. */
    private static ByteBuffer padded(TableShapes.ShapeColumn column, ColumnType type, Value.Bytes value) {
        if (!column.dataType().equals("binary") || value.bytes().remaining() >= type.meta()) {
            return value.bytes();
        }
        return ByteBuffer.wrap(new byte[type.meta()]).put(value.bytes().duplicate()).rewind();
    }

    private static String bit(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return new BigInteger(1, copy).toString();
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return HEX.formatHex(copy);
    }
}
