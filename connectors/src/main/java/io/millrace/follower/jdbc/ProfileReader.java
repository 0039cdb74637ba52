package io.millrace.follower.jdbc;

import io.millrace.connection.ServerVersion;
import io.millrace.follower.FollowerProfile;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Reads who a follower is. */
public final class ProfileReader {
    /** A replica tells its source in one of these ways, by version; the last needs no privilege but SELECT. */
    private static final List<String> SOURCES_OF_MYSQL = List.of("SHOW REPLICA STATUS", "SHOW SLAVE STATUS",
            "SELECT SOURCE_UUID AS Source_UUID FROM performance_schema.replication_connection_status"
                    + " WHERE CHANNEL_NAME NOT LIKE 'group\\_replication\\_%'");

    private static final int SECONDS = 10;

    private ProfileReader() {
    }

    public static FollowerProfile read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            Map<String, String> variables = new TreeMap<>();
            try (ResultSet rows = statement.executeQuery("SHOW GLOBAL VARIABLES")) {
                while (rows.next()) {
                    String value = rows.getString(2);
                    variables.put(rows.getString(1).toLowerCase(Locale.ROOT), value == null ? "" : value);
                }
            }
            String version = variables.getOrDefault("version", "");
            boolean mariaDb = ServerVersion.parse(version).mariaDb();
            Set<String> sources = mariaDb
                    ? sources(statement, List.of("SHOW ALL SLAVES STATUS"), "Master_Server_Id")
                    : sources(statement, SOURCES_OF_MYSQL, "UUID");
            return new FollowerProfile(version, mariaDb, sources, variables);
        }
    }

    /** Of the first way that the server knows and grants. */
    private static Set<String> sources(Statement statement, List<String> ways, String column) throws SQLException {
        statement.setQueryTimeout(SECONDS);
        for (String way : ways) {
            try (ResultSet rows = statement.executeQuery(way)) {
                Set<String> sources = new HashSet<>();
                while (rows.next()) {
                    String source = text(rows, column.equals("UUID") ? word(rows, "Source_UUID", "Master_UUID") : column);
                    if (!source.isEmpty()) {
                        sources.add(source);
                    }
                }
                return sources;
            } catch (SQLTimeoutException e) {
                return Set.of(); // Behind a STOP REPLICA that waits.
            } catch (SQLException e) {
                if (e.getErrorCode() == 0) {
                    throw e;
                }
            }
        }
        return Set.of();
    }

    private static String word(ResultSet rows, String now, String before) throws SQLException {
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
            if (rows.getMetaData().getColumnLabel(i).equalsIgnoreCase(now)) {
                return now;
            }
        }
        return before;
    }

    private static String text(ResultSet rows, String column) throws SQLException {
        String value = rows.getString(column);
        return value == null ? "" : value;
    }
}
