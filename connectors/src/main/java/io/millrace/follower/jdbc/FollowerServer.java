package io.millrace.follower.jdbc;

import io.millrace.binlog.GtidSet;
import io.millrace.connection.ServerVersion;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a follower is and allows, as far as applying depends on it.
 *
 * @param variables its session variables, by lower-case name
 * @param executed the GTIDs of other servers that it remembers itself
 * @param setsGtids whether this session may apply under a given GTID
 * @param replays whether this session may run {@code BINLOG}
 * @param annotates whether this session writes the text of each statement into the follower's binlog, for each table it changes, and
 *            may not be told otherwise
 */
record FollowerServer(ServerVersion version, Map<String, String> variables, GtidSet executed, boolean setsGtids, boolean replays,
        boolean annotates) {
    /** With it MariaDB writes the whole text of {@code BINLOG '…'} again for each change in it. */
    private static final String ANNOTATE = "binlog_annotate_row_events";
    private static final String DO_NOT_ANNOTATE = "SET SESSION " + ANNOTATE + " = OFF";
    private static final int ER_SYNTAX_IN_BINLOG = 1149;

    static FollowerServer inspect(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            Map<String, String> variables = variables(statement);
            ServerVersion version = ServerVersion.parse(variables.getOrDefault("version", "0.0.0"));
            boolean gtids = !version.mariaDb() && !variables.getOrDefault("gtid_mode", "OFF").startsWith("OFF");
            return new FollowerServer(version, variables, gtids ? executed(statement) : GtidSet.empty(),
                    gtids && allows(statement, "SET SESSION gtid_next = 'AUTOMATIC'"),
                    allowsBinlog(statement), variables.getOrDefault(ANNOTATE, "OFF").equals("ON") && !allows(statement, DO_NOT_ANNOTATE));
        }
    }

    /** What it has from others: the GTIDs that it gave out itself say nothing of the leader. */
    private static GtidSet executed(Statement statement) throws SQLException {
        UUID own = UUID.fromString(JdbcFollower.first(statement, "SELECT @@server_uuid"));
        return GtidSet.parse(JdbcFollower.first(statement, "SELECT @@global.gtid_executed")).without(own);
    }

    Set<String> names() {
        return variables.keySet();
    }

    long maxPacket() {
        return Long.parseLong(variables.getOrDefault("max_allowed_packet", "4194304"));
    }

    private static Map<String, String> variables(Statement statement) throws SQLException {
        Map<String, String> variables = new TreeMap<>();
        try (ResultSet rows = statement.executeQuery("SHOW SESSION VARIABLES")) {
            while (rows.next()) {
                String value = rows.getString(2);
                variables.put(rows.getString(1).toLowerCase(Locale.ROOT), value == null ? "" : value);
            }
        }
        return variables;
    }

    private static boolean allows(Statement statement, String sql) throws SQLException {
        try {
            statement.execute(sql);
            return true;
        } catch (SQLException e) {
            if (e.getErrorCode() == 0) {
                throw e;
            }
            return false;
        }
    }

    /** A statement that may be run but says nothing is refused for what it says, and not for who asks. */
    private static boolean allowsBinlog(Statement statement) throws SQLException {
        try {
            statement.execute("BINLOG ''");
            return true;
        } catch (SQLException e) {
            if (e.getErrorCode() == 0) {
                throw e;
            }
            return e.getErrorCode() == ER_SYNTAX_IN_BINLOG;
        }
    }
}
