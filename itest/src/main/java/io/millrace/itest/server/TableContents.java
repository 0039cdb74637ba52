package io.millrace.itest.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Every table of a server as its definition and the digest of all its rows, byte for byte, in whatever order they come. */
public final class TableContents {
    private TableContents() {
    }

    /** By table; equal maps mean equal tables. */
    public static Map<String, String> of(DatabaseServer server) throws SQLException {
        Map<String, String> contents = new TreeMap<>();
        try (Connection connection = server.connect(); Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION time_zone = '+00:00', character_set_results = NULL, sql_mode = ''");
            for (String table : tables(statement)) {
                contents.put(table, definition(statement, table) + " rows " + rows(statement, table));
            }
        }
        return contents;
    }

    /** What differs between two servers, one line a table; empty when they are equal. */
    public static List<String> differences(DatabaseServer one, DatabaseServer other) throws SQLException {
        Map<String, String> first = of(one);
        Map<String, String> second = of(other);
        List<String> differences = new ArrayList<>();
        for (Map.Entry<String, String> entry : first.entrySet()) {
            String there = second.remove(entry.getKey());
            if (!entry.getValue().equals(there)) {
                differences.add(entry.getKey() + ": " + entry.getValue() + " <> " + there);
            }
        }
        second.forEach((table, content) -> differences.add(table + ": missing <> " + content));
        return differences;
    }

    private static List<String> tables(Statement statement) throws SQLException {
        return column(statement,
                "SELECT CONCAT('`', REPLACE(TABLE_SCHEMA, '`', '``'), '`.`', REPLACE(TABLE_NAME, '`', '``'), '`') FROM information_schema.TABLES"
                        + " WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql','information_schema','performance_schema','sys','millrace')");
    }

    private static List<String> column(Statement statement, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(new String(rows.getBytes(1), StandardCharsets.UTF_8));
            }
        }
        return values;
    }

    private static String definition(Statement statement, String table) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW CREATE TABLE " + table)) {
            row.next();
            String create = new String(row.getBytes(2), StandardCharsets.UTF_8);
            return Integer.toHexString(create.replaceAll(" AUTO_INCREMENT=\\d+", "").hashCode());
        }
    }

    private static String rows(Statement statement, String table) throws SQLException {
        String[] names = table.substring(1, table.length() - 1).replace("``", "\0").split("`\\.`", -1);
        names[0] = names[0].replace('\0', '`');
        names[1] = names[1].replace('\0', '`');
        List<String> columns = column(statement, "SELECT CONCAT('`', REPLACE(COLUMN_NAME, '`', '``'), '`', IF(DATA_TYPE = 'float', '*1e0', ''))"
                + " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = '" + names[0] + "' AND TABLE_NAME = '" + names[1]
                + "' ORDER BY ORDINAL_POSITION");
        long count = 0;
        long sum = 0;
        long xor = 0;
        statement.setFetchSize(Integer.MIN_VALUE);
        try (ResultSet rows = statement.executeQuery("SELECT " + String.join(", ", columns) + " FROM " + table)) {
            while (rows.next()) {
                ByteBuffer digest = digest(rows, columns.size());
                count++;
                sum += digest.getLong();
                xor ^= digest.getLong();
            }
        } finally {
            statement.setFetchSize(0);
        }
        return count + " " + Long.toHexString(sum) + Long.toHexString(xor);
    }

    private static ByteBuffer digest(ResultSet row, int columns) throws SQLException {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            for (int i = 1; i <= columns; i++) {
                byte[] value = row.getBytes(i);
                sha.update(ByteBuffer.allocate(4).putInt(value == null ? -1 : value.length).array());
                if (value != null) {
                    sha.update(value);
                }
            }
            return ByteBuffer.wrap(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
