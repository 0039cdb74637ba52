package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.row.ColumnType;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.writeset.TableKeys;
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
import java.util.Set;

/** What the follower's tables look like: by construction it is at the same point of the DDL history as the log. One thread. */
public final class TableShapes {
    /** Types whose literals find a row by the index. */
    private static final Set<String> BATCHED_KEYS = Set.of("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "date", "datetime",
            "timestamp", "time", "binary", "varbinary", "char", "varchar");

    /** MariaDB's types that are logged in another form than they are written in. */
    private static final Set<String> NOT_WRITTEN = Set.of("uuid", "inet4", "inet6");

    private final Connection connection;
    private final KeyCatalog keys;

    public TableShapes(Connection connection, KeyCatalog keys) {
        this.connection = connection;
        this.keys = keys;
    }

    /** A column of the follower. */
    record ShapeColumn(String name, String dataType, String charset, boolean unsigned, boolean generated, boolean key) {}

    /**
     * A table of the follower.
     *
     * @param quoted its name as SQL takes it, one character a byte
     * @param batchKey the columns of its primary key, where rows of different keys can be changed in any order; else empty
     */
    record Shape(String quoted, List<ShapeColumn> columns, List<TableKeys.Part> batchKey) {
        Shape {
            columns = List.copyOf(columns);
            batchKey = List.copyOf(batchKey);
        }

        boolean hasKey() {
            return columns.stream().anyMatch(ShapeColumn::key);
        }
    }

    void forget() {
        keys.forget();
    }

    /** @throws SQLException if the follower does not have the table */
    Shape of(TableMap map) throws SQLException {
        String name = map.schema() + "\0" + map.table();
        Shape shape = keys.known().shapes().get(name);
        if (shape == null) {
            shape = ask(map);
            keys.known().shapes().put(name, shape);
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
        for (ShapeColumn column : columns) {
            if (NOT_WRITTEN.contains(column.dataType())) {
                throw new SQLException("the table " + map.schema() + "." + map.table() + " has a column of type " + column.dataType()
                        + ", which cannot be written as SQL without changing it: use apply: replay for this follower", "0A000", 1235);
            }
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT TABLE_TYPE FROM information_schema.TABLES" + where)) {
            if (row.next() && row.getString(1).contains("VERSIONED")) {
                throw new SQLException("the table " + map.schema() + "." + map.table() + " is system-versioned: what is deleted there is an update in"
                        + " the log of a column that cannot be written; use apply: replay for this follower", "0A000", 1235);
            }
        }
        if (map.columns().stream().anyMatch(ColumnType::isCompressed)) {
            throw new SQLException(
                    "the table " + map.schema() + "." + map.table() + " has a COMPRESSED column, whose values are in the log as they are"
                            + " stored: use apply: replay for this follower",
                    "0A000", 1235);
        }
        return new Shape(quoted(map), columns, batchKey(map, columns));
    }

    /**
     * The order of changes does not matter where no other unique key, foreign key or trigger lets one row's change depend on another's,
     * and where it is known which words of the key are equal. Tables without transactions are changed as the leader did.
     */
    private List<TableKeys.Part> batchKey(TableMap map, List<ShapeColumn> columns) throws SQLException {
        TableKeys all = keys.of(map);
        if (!all.identified() || all.keys().size() != 1 || !keys.standsAlone(map)) {
            return List.of();
        }
        List<TableKeys.Part> parts = all.keys().getFirst().parts();
        boolean primary = columns.stream().filter(ShapeColumn::key).count() == parts.size();
        boolean told = parts.stream().allMatch(part -> part.form() != TableKeys.Form.UNKNOWN && part.prefix() == 0
                && columns.get(part.column()).key() && BATCHED_KEYS.contains(columns.get(part.column()).dataType()));
        return primary && told && !hasTriggers(map) && TableEngines.ask(connection, map) ? parts : List.of();
    }

    private boolean hasTriggers(TableMap map) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = " + text(map.schema())
                        + " AND EVENT_OBJECT_TABLE = " + text(map.table()) + " LIMIT 1")) {
            return row.next();
        }
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
