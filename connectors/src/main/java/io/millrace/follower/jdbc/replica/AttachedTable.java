package io.millrace.follower.jdbc.replica;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/**
 * {@code millrace.attached} on a follower: that it is a native replica of ours. Whoever makes a leader of it ends its replication, and
 * then nothing else would tell that it is not to be seeded or attached any more. Never in the follower's own binlog. Any thread.
 */
final class AttachedTable {
    /** Unknown table, unknown schema. */
    private static final Set<Integer> MISSING = Set.of(1146, 1049);
    /** Access to the schema, the table or a setting denied; read only: the replica replicates, and only the note is missing. */
    private static final Set<Integer> NOT_ALLOWED = Set.of(1044, 1142, 1227, 1290, 1836);
    private static final int NO_SUCH_COLUMN = 1054;
    private static final int COLUMN_THERE = 1060;
    /** Whoever takes a backup keeps DDL away for hours. */
    private static final int LOCK_WAIT = 1205;
    private static final int LOCK_SECONDS = 2;

    private final String follower;

    AttachedTable(String follower) {
        this.follower = follower;
    }

    boolean has(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1 FROM millrace.attached WHERE name = '" + follower + "'")) {
            return row.next();
        } catch (SQLException e) {
            if (MISSING.contains(e.getErrorCode()) || NOT_ALLOWED.contains(e.getErrorCode())) {
                return false;
            }
            throw e;
        }
    }

    /** The leader whose log it was attached to; empty where that was not noted. */
    String leader(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT leader FROM millrace.attached WHERE name = '" + follower + "'")) {
            return row.next() ? row.getString(1) : "";
        } catch (SQLException e) {
            if (MISSING.contains(e.getErrorCode()) || NOT_ALLOWED.contains(e.getErrorCode()) || e.getErrorCode() == NO_SUCH_COLUMN) {
                return "";
            }
            throw e;
        }
    }

    /** @return false if the replica does not let us now */
    boolean add(Connection connection, String leader) throws SQLException {
        if (leader(connection).equals(leader)) {
            return true;
        }
        try {
            write(connection, "CREATE DATABASE IF NOT EXISTS millrace",
                    "CREATE TABLE IF NOT EXISTS millrace.attached (name VARCHAR(48) CHARACTER SET ascii NOT NULL PRIMARY KEY,"
                            + " attached_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,"
                            + " leader VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT '') ENGINE=InnoDB");
            addLeader(connection);
            write(connection, "INSERT INTO millrace.attached (name, leader) VALUES ('" + follower + "', '" + leader
                    + "') ON DUPLICATE KEY UPDATE leader = '" + leader + "'");
            return true;
        } catch (SQLException e) {
            if (NOT_ALLOWED.contains(e.getErrorCode()) || e.getErrorCode() == LOCK_WAIT) {
                return false;
            }
            throw e;
        }
    }

    /** The table may have been made before leaders were noted. */
    private static void addLeader(Connection connection) throws SQLException {
        try {
            write(connection, "ALTER TABLE millrace.attached ADD COLUMN leader VARCHAR(64) CHARACTER SET ascii NOT NULL DEFAULT ''");
        } catch (SQLException e) {
            if (e.getErrorCode() != COLUMN_THERE) {
                throw e;
            }
        }
    }

    void remove(Connection connection) throws SQLException {
        if (has(connection)) {
            write(connection, "DELETE FROM millrace.attached WHERE name = '" + follower + "'");
        }
    }

    private static void write(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_log_bin = 0, lock_wait_timeout = " + LOCK_SECONDS);
            try {
                for (String sql : statements) {
                    statement.execute(sql);
                }
            } finally {
                statement.execute("SET SESSION sql_log_bin = 1, lock_wait_timeout = @@global.lock_wait_timeout");
            }
        }
    }
}
