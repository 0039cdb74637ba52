package io.millrace.snapshot.mysql;

import io.millrace.binlog.row.Value;
import io.millrace.snapshot.Column;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The expressions that take a column's values out of a server and put them into another without loss. */
final class ColumnSql {
    private static final String NOT_COMPARABLE = "NULL";
    private static final Pattern BINARY = Pattern.compile("binary\\((\\d{1,3})\\)", Pattern.CASE_INSENSITIVE);

    private ColumnSql() {
    }

    /** The SELECT list that a chunk is made of; one NULL a row for a table of which all is computed. */
    static String selectList(TableDefinition table) {
        return table.stored().isEmpty() ? "NULL" : table.stored().stream().map(ColumnSql::select).collect(Collectors.joining(", "));
    }

    private static String select(Column column) {
        String name = TableName.quote(column.name());
        return switch (column.encoding()) {
            case PLAIN, CHARACTERS, GEOMETRY -> name;
            case ORDINAL -> "CAST(" + name + " AS UNSIGNED)"; // +0 makes a floating-point number of a SET, which 51 members and more do not fit.
            case BIT -> name + "+0";
            case FLOAT -> name + "*1e0";
        };
    }

    /** How a column's value is read to compare it with a row image; NULL where it cannot be compared, as what the server computes. */
    static String comparable(Column column, boolean key) {
        return column.generated() && !key ? NOT_COMPARABLE : comparable(column); // A key is stored, and in the log.
    }

    private static String comparable(Column column) {
        String name = TableName.quote(column.name());
        return switch (column.dataType()) {
            case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal" -> name + "+0";
            case "enum", "set" -> "CAST(" + name + " AS UNSIGNED)";
            case "char", "varchar", "binary", "varbinary", "tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob",
                    "date", "time", "datetime", "timestamp", "year" ->
                name;
            default -> NOT_COMPARABLE;
        };
    }

    static boolean isComparable(Column column, boolean key) {
        return !comparable(column, key).equals(NOT_COMPARABLE);
    }

    /** A key value of a row image as a literal; empty if the type cannot be looked up exactly. */
    static Optional<String> literal(Column column, Value value) {
        return switch (value) {
            case Value.Text text when column.isInteger() || column.dataType().equals("decimal") -> Optional.of(text.text());
            case Value.Text text when column.encoding() == Column.Encoding.ORDINAL -> Optional.empty();
            case Value.Text text -> Optional.of("'" + text.text() + "'");
            case Value.Bytes bytes when column.dataType().equals("bit") -> Optional.empty();
            case Value.Bytes bytes when column.dataType().equals("binary") -> padded(column, bytes.bytes());
            case Value.Bytes bytes -> Optional.of((column.charset().isEmpty() ? "" : "_" + column.charset() + " ") + "x'" + hex(bytes.bytes()) + "'");
            case Value.Null none -> Optional.empty();
            case Value.Json json -> Optional.empty();
            case Value.Floating number -> Optional.empty();
        };
    }

    /** The log leaves out the zeros at the end of a BINARY, without which nothing is equal to it. */
    private static Optional<String> padded(Column column, ByteBuffer bytes) {
        Matcher width = BINARY.matcher(column.columnType());
        return width.matches()
                ? Optional.of("x'" + hex(bytes) + "00".repeat(Math.max(0, Integer.parseInt(width.group(1)) - bytes.remaining())) + "'")
                : Optional.empty();
    }

    static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return HexFormat.of().formatHex(copy);
    }
}
