package io.millrace.snapshot.mysql;

import io.millrace.binlog.row.Value;
import io.millrace.snapshot.Column;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Collectors;

/** The expressions that take a column's values out of a server and put them into another without loss. */
final class ColumnSql {
    private ColumnSql() {
    }

    /** The SELECT list that a chunk is made of. */
    static String selectList(TableDefinition table) {
        return table.stored().stream().map(ColumnSql::select).collect(Collectors.joining(", "));
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

    /** How a column's value is read to compare it with a row image; NULL where it cannot be compared. */
    static String comparable(Column column) {
        String name = TableName.quote(column.name());
        if (column.generated()) {
            return "NULL";
        }
        return switch (column.dataType()) {
            case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal" -> name + "+0";
            case "enum", "set" -> "CAST(" + name + " AS UNSIGNED)";
            case "char", "varchar", "binary", "varbinary", "tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob",
                    "date", "time", "datetime", "timestamp", "year" ->
                name;
            default -> "NULL";
        };
    }

    static boolean isComparable(Column column) {
        return !comparable(column).equals("NULL");
    }

    /** A key value of a row image as a literal; empty if the type cannot be looked up exactly. */
    static Optional<String> literal(Column column, Value value) {
        return switch (value) {
            case Value.Text text when column.isInteger() || column.dataType().equals("decimal") -> Optional.of(text.text());
            case Value.Text text when column.encoding() == Column.Encoding.ORDINAL -> Optional.empty();
            case Value.Text text -> Optional.of("'" + text.text() + "'");
            case Value.Bytes bytes when column.dataType().equals("bit") -> Optional.empty();
            case Value.Bytes bytes -> Optional.of((column.charset().isEmpty() ? "" : "_" + column.charset() + " ") + "x'" + hex(bytes.bytes()) + "'");
            case Value.Null none -> Optional.empty();
            case Value.Json json -> Optional.empty();
            case Value.Floating number -> Optional.empty();
        };
    }

    static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return HexFormat.of().formatHex(copy);
    }
}
