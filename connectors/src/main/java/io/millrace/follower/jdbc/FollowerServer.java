package io.millrace.follower.jdbc;

import io.millrace.binlog.GtidSet;
import io.millrace.connection.ServerVersion;
import io.millrace.preflight.Grants;
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
 * @param setsGtids whether this session may say which GTID comes next
 * @param replays whether this session may run {@code BINLOG}
 * @param annotates whether this session writes the text of each statement into the follower's binlog, for each table it changes, and
 *            may not be told otherwise
 */
record FollowerServer(ServerVersion version, Map<String, String> variables, GtidSet executed, boolean setsGtids, boolean replays,
        boolean annotates) {
    /** With it MariaDB writes the whole text of {@code BINLOG '…'} again for each change in it. */
    private static final String ANNOTATE = "binlog_annotate_row_events";
    private static final String DO_NOT_ANNOTATE = "SET SESSION " + ANNOTATE + " = OFF";
    /** Who applies under a GTID with a tag needs it. */
    static final String TAGS = "TRANSACTION_GTID_TAG";
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

    /**
     * Whether a GTID is remembered exactly when its changes are there, however the machine ends. A binlog and InnoDB's log that are flushed at
     * other times lose the one without the other; MySQL 5.7 that writes a binlog, but not for this session, keeps GTIDs in memory meanwhile.
     *
     * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-options-binary-log.html">sync_binlog</a>
     */
    boolean keepsGtids() {
        boolean logs = isOn(variables, "log_bin");
        if (logs && isOn(variables, "sql_log_bin")) {
            return setsGtids && isDurable(variables);
        }
        return setsGtids && (!logs || version.atLeast(8, 0, 17));
    }

    private static boolean isOn(Map<String, String> variables, String name) {
        return variables.getOrDefault(name, "ON").equalsIgnoreCase("ON");
    }

    private static boolean isDurable(Map<String, String> variables) {
        return variables.getOrDefault("sync_binlog", "1").equals("1") && variables.getOrDefault("innodb_flush_log_at_trx_commit", "1").equals("1");
    }

    /** Whether commits give out GTIDs of the follower's own, though it has the leader's mode. */
    boolean flushesApart() {
        return !version.mariaDb() && isOn(variables, "log_bin") && isOn(variables, "sql_log_bin") && !isDurable(variables)
                && !variables.getOrDefault("gtid_mode", "OFF").startsWith("OFF");
    }

    /** What it has from others: the GTIDs that it gave out itself say nothing of the leader. */
    private static GtidSet executed(Statement statement) throws SQLException {
        UUID own = UUID.fromString(JdbcFollower.first(statement, "SELECT @@server_uuid"));
        return GtidSet.parse(JdbcFollower.first(statement, "SELECT @@global.gtid_executed")).without(own);
    }

    /** Whether this session may apply under a GTID that has a tag. */
    boolean setsTags(Grants granted) {
        return keepsGtids() && version.isMySql(8, 3, 0) && granted.has(TAGS);
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
