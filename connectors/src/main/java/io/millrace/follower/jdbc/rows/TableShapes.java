package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.row.TableMap;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the follower's tables look like: by construction it is at the same point of the DDL history as the log. One thread. */
public final class TableShapes {
    private final Connection connection;
    private final Known known;

    /** What was asked already, by any session of the same follower. Any thread. */
    public static final class Known {
        private final Map<String, Shape> shapes = new ConcurrentHashMap<>();
    }

    public TableShapes(Connection connection, Known known) {
        this.connection = connection;
        this.known = known;
    }

    /** A column of the follower. */
    record ShapeColumn(String name, String dataType, String charset, boolean unsigned, boolean generated, boolean key) {}

    /**
     * A table of the follower.
     *
     * @param quoted its name as SQL takes it, one character a byte
     */
    record Shape(String quoted, List<ShapeColumn> columns) {
        Shape {
            columns = List.copyOf(columns);
        }

        boolean hasKey() {
            return columns.stream().anyMatch(ShapeColumn::key);
        }
    }

    void forget() {
        known.shapes.clear();
    }

    /** @throws SQLException if the follower does not have the table */
    Shape of(TableMap map) throws SQLException {
        String name = map.schema() + "\0" + map.table();
        Shape shape = known.shapes.get(name);
        if (shape == null) {
            shape = ask(map);
            known.shapes.put(name, shape);
        }
        return shape;
    }

    private Shape ask(TableMap map) throws SQLException {
        String where = " WHERE TABLE_SCHEMA = " + text(map.schema()) + " AND TABLE_NAME = " + text(map.table());
        List<ShapeColumn> columns = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            Set<String> key = new HashSet<>();
            try (ResultSet rows = statement
                    .executeQuery("SELECT COLUMN_NAME FROM information_schema.STATISTICS" + where + " AND INDEX_NAME = 'PRIMARY'")) {
                while (rows.next()) {
                    key.add(rows.getString(1));
                }
            }
            try (ResultSet rows = statement.executeQuery("SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_SET_NAME, COLUMN_TYPE, EXTRA"
                    + " FROM information_schema.COLUMNS" + where + " ORDER BY ORDINAL_POSITION")) {
                while (rows.next()) {
                    columns.add(column(rows, key));
                }
            }
        }
        if (columns.isEmpty()) {
            throw new SQLException("the table " + map.schema() + "." + map.table() + " does not exist", "42S02", 1146);
        }
        return new Shape(quoted(map), columns);
    }

    private static ShapeColumn column(ResultSet row, Set<String> key) throws SQLException {
        String charset = row.getString(3);
        String extra = String.valueOf(row.getString(5)).toUpperCase(Locale.ROOT);
        boolean generated = extra.contains("VIRTUAL GENERATED") || extra.contains("STORED GENERATED") || extra.contains("PERSISTENT");
        return new ShapeColumn(latin1(quote(row.getString(1))), row.getString(2).toLowerCase(Locale.ROOT), charset == null ? "" : charset,
                row.getString(4).toLowerCase(Locale.ROOT).contains("unsigned"), generated, key.contains(row.getString(1)));
    }

    /** A table's name as SQL takes it, one character a byte. */
    static String quoted(TableMap map) {
        return latin1(quote(map.schema()) + "." + quote(map.table()));
    }

    private static String quote(String identifier) {
        return "`" + identifier.replace("`", "``") + "`";
    }

    static String text(String value) {
        return "CONVERT(x'" + HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8)) + "' USING utf8)";
    }

    private static String latin1(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
