package io.millrace.snapshot.mysql.load;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.config.FollowerConfig;
import io.millrace.config.LeaderConfig;
import io.millrace.connection.PassingErrors;
import io.millrace.connection.RootCause;
import io.millrace.preflight.Finding;
import io.millrace.snapshot.CloneTarget;
import io.millrace.snapshot.SeededAt;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * A follower with MySQL's clone plugin. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/clone-plugin-remote.html">Cloning Remote Data</a>
 */
public final class JdbcCloneTarget implements CloneTarget {
    private static final long LOOK_SECONDS = 1;
    private static final int MOST_UNANSWERED = 60;
    private static final int ANSWER_MILLIS = 30_000;
    private static final int ER_RESTART_SERVER_FAILED = 3707;
    private static final int ER_TOO_MANY_CONCURRENT_CLONES = 3634;
    private static final int ER_CLONE_DONOR = 3862;
    /** The donor's own complaint stands in the text of ours: one of a client that has lost, or could not make, its connection. */
    private static final Pattern DONOR_LOST = Pattern.compile(": (20\\d\\d|1040|1053|1129|1135|1158|1159|1160|1161|1203|1226|1317)\\b");
    private static final String NO_TABLE = "42S02";
    static final String OWN_SCHEMAS = "('" + String.join("', '", JdbcSnapshotTarget.OWN_SCHEMAS) + "')";

    private final FollowerConfig config;
    private final LeaderConfig leader;
    private final Connections connections;
    private final SeedCheckpoint checkpoint;

    /** Connects to the follower. */
    public interface Connections {
        Connection open() throws SQLException;
    }

    /**
     * Nothing is connected before it is needed.
     *
     * @param connections pass text byte for byte
     */
    public JdbcCloneTarget(FollowerConfig config, LeaderConfig leader, Connections connections, SeedCheckpoint checkpoint) {
        this.config = config;
        this.leader = leader;
        this.connections = connections;
        this.checkpoint = checkpoint;
    }

    /** The server must read text as the connection sends it, and quotes as we write them. */
    private Connection open() throws SQLException {
        Connection connection = connections.open();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_mode = '', character_set_client = utf8mb4, collation_connection = utf8mb4_general_ci,"
                    + " time_zone = '+00:00'");
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public Optional<Run> last() throws SnapshotException {
        try (Connection connection = open(); Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT STATE, BEGIN_TIME, ERROR_NO, ERROR_MESSAGE, BINLOG_FILE, BINLOG_POSITION,"
                    + " GTID_EXECUTED, (SELECT CONCAT_WS(' ', STAGE, STATE, DATA DIV 1048576, 'MiB') FROM performance_schema.clone_progress"
                    + " WHERE STATE <> 'Not Started' ORDER BY BEGIN_TIME DESC LIMIT 1)"
                    + ", (SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_ID = PID)"
                    + " FROM performance_schema.clone_status WHERE SOURCE = " + text(donor()))) {
                return row.next() ? Optional.of(run(row)) : Optional.empty();
            }
        } catch (SQLException e) {
            if (NO_TABLE.equals(e.getSQLState())) {
                return Optional.empty(); // Without the plugin there is none, and was none since the server started.
            }
            throw failure("its clones were looked at", e);
        }
    }

    private static Run run(ResultSet row) throws SQLException {
        RunState state = switch (row.getString(1)) {
            case "Completed" -> RunState.COMPLETED;
            case "Failed" -> RunState.FAILED;
            default -> row.getInt(9) == 0 ? RunState.FAILED : RunState.RUNNING; // A server that died meanwhile does not know that it failed.
        };
        String file = row.getString(5);
        Optional<BinlogCoordinates> coordinates = state == RunState.COMPLETED && file != null && !file.isEmpty()
                ? Optional.of(new BinlogCoordinates(file, row.getLong(6)))
                : Optional.empty();
        String gtids = row.getString(7);
        String progress = row.getString(8);
        return new Run(state, String.valueOf(row.getString(2)), coordinates, gtids == null ? "" : gtids.replace("\n", ""),
                state == RunState.FAILED ? row.getString(4) + " (" + row.getInt(3) + ")" : "", progress == null ? "" : progress);
    }

    @Override
    public void prepare(boolean mayReplace) throws SnapshotException {
        try (Connection connection = open(); Statement statement = connection.createStatement()) {
            JdbcSnapshotTarget.refuseFed(config.name(), checkpoint.fedAs(connection));
            List<String> schemas = column(statement,
                    "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN " + OWN_SCHEMAS + " ORDER BY SCHEMA_NAME");
            if (!mayReplace && !schemas.isEmpty()) {
                throw new SnapshotException.NotEmpty("The follower " + config.name() + " holds user data (schemas " + String.join(", ", schemas)
                        + "), and a clone replaces everything: empty it, or allow Millrace to with replace: true");
            }
            Optional<Finding> finding = new ClonePreflight(config, leader, statement).check().stream().filter(Finding::fatal).findFirst();
            if (finding.isPresent()) {
                throw new SnapshotException.Refused(finding.get().what() + ": " + finding.get().remedy(), null);
            }
        } catch (SQLException e) {
            throw failure("it was looked at before it is cloned", e);
        }
    }

    @Override
    public void run(Progress progress) throws SnapshotException, InterruptedException {
        try (Connection connection = open();
                Statement statement = connection.createStatement();
                Connection beside = open();
                Statement look = beside.createStatement()) {
            beside.setNetworkTimeout(Runnable::run, ANSWER_MILLIS);
            statement.execute("SET GLOBAL clone_valid_donor_list = " + text(donor()));
            FutureTask<Boolean> cloning = new FutureTask<>(() -> statement.execute(cloneStatement()));
            Thread.ofVirtual().name("clone-" + config.name()).start(cloning);
            try {
                watch(cloning, look, progress);
            } finally {
                connection.abort(Runnable::run);
            }
        } catch (SQLException e) {
            throw failure("it was cloned", e);
        }
    }

    private void watch(FutureTask<Boolean> cloning, Statement look, Progress progress) throws SnapshotException, InterruptedException {
        int unanswered = 0;
        while (true) {
            try {
                cloning.get(LOOK_SECONDS, TimeUnit.SECONDS);
                return;
            } catch (TimeoutException e) {
                unanswered = report(look, progress) ? 0 : unanswered + 1;
                if (unanswered >= MOST_UNANSWERED) {
                    throw new SnapshotException.Unreachable("The follower " + config.name() + " no longer answers while it is cloned", e);
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof SQLException refused) {
                    end(refused);
                    return;
                }
                throw new IllegalStateException("a clone failed unexpectedly", e.getCause());
            }
        }
    }

    /** Whether it answered. It may be going down: what becomes of the clone is told by its own statement, but a lost host tells nothing. */
    private static boolean report(Statement look, Progress progress) {
        try (ResultSet row = look.executeQuery("SELECT SUM(DATA), SUM(ESTIMATE) FROM performance_schema.clone_progress")) {
            if (row.next()) {
                progress.copied(row.getLong(1), row.getLong(2));
            }
            return true;
        } catch (SQLException e) {
            return false;
        }
    }

    /** The last thing that a clone does is to shut the server down, or to let what looks after it start it again. */
    private void end(SQLException e) throws SnapshotException {
        if (e.getErrorCode() == ER_RESTART_SERVER_FAILED) {
            return;
        }
        if (isLost(e)) {
            throw new SnapshotException.Unreachable("The follower " + config.name() + " restarts on what it has cloned, or was lost while it was"
                    + " cloned: " + RootCause.told(e), e);
        }
        String said = "The follower " + config.name() + " could not be cloned: " + RootCause.told(e) + " (" + e.getErrorCode() + ")";
        if (e.getErrorCode() == ER_TOO_MANY_CONCURRENT_CLONES || said.contains(": " + ER_TOO_MANY_CONCURRENT_CLONES)) {
            throw new SnapshotException.Busy(said, e);
        }
        if (e.getErrorCode() == ER_CLONE_DONOR && DONOR_LOST.matcher(said).find()) {
            throw new SnapshotException.Unreachable(said, e);
        }
        if (PassingErrors.contain(e.getErrorCode(), said)) {
            throw new SnapshotException.Unreachable(said, e);
        }
        throw new SnapshotException.Refused(said + "; `millrace check` names what is missing", e);
    }

    private String cloneStatement() {
        String tls = switch (leader.tls().mode()) {
            case DISABLED -> " REQUIRE NO SSL";
            case PREFERRED -> "";
            default -> " REQUIRE SSL";
        };
        return "CLONE INSTANCE FROM " + text(leader.user()) + "@" + text(leader.host()) + ":" + leader.port() + " IDENTIFIED BY "
                + text(leader.password().reveal()) + tls;
    }

    private String donor() {
        return leader.host() + ":" + leader.port();
    }

    @Override
    public void finish(SeededAt seeded, boolean keepsPrepared) throws SnapshotException {
        try (Connection connection = open(); Statement statement = connection.createStatement()) {
            requireUnchanged(statement, seeded);
            Optional<String> empty = ClonePreflight.notCloned(first(statement, ClonePreflight.NOT_CLONED));
            if (empty.isPresent()) {
                throw new SnapshotException.Unproved("The follower " + config.name() + " was cloned, but " + empty.get());
            }
            statement.execute("SET SESSION sql_log_bin = 0"); // The leader's log tells none of it.
            if (!keepsPrepared) {
                rollBackPrepared(statement, seeded);
            }
            SchemaBuilder builder = new SchemaBuilder(statement, config.user());
            for (TableName event : names(statement, "SELECT EVENT_SCHEMA, EVENT_NAME FROM information_schema.EVENTS WHERE STATUS = 'ENABLED'")) {
                builder.disableEvent(event);
            }
            if (checkpoint.firesTriggers(connection)) {
                for (TableName trigger : names(statement, "SELECT TRIGGER_SCHEMA, TRIGGER_NAME FROM information_schema.TRIGGERS"
                        + " WHERE TRIGGER_SCHEMA NOT IN " + OWN_SCHEMAS)) {
                    statement.execute("DROP TRIGGER " + JdbcSnapshotTarget.bytes(trigger.quoted()));
                }
            }
            statement.execute("DROP DATABASE IF EXISTS millrace"); // The leader may be a follower of ours, too.
            statement.execute("SET SESSION sql_log_bin = " + (config.binlog() == FollowerConfig.Binlog.SKIP ? 0 : 1));
            checkpoint.create(statement);
            statement.execute(checkpoint.save(seeded));
        } catch (SQLException e) {
            throw failure("it was made a follower of what it was cloned from", e);
        }
    }

    /** Its own transactions do not count: the leader may have some of them, from when this server was the leader. */
    private void requireUnchanged(Statement statement, SeededAt seeded) throws SQLException, SnapshotException {
        GtidSet executed = GtidSet.parse(first(statement, "SELECT @@global.gtid_executed").replace("\n", ""));
        UUID own = UUID.fromString(first(statement, "SELECT @@global.server_uuid"));
        GtidSet cloned = GtidSet.parse(seeded.gtidSet());
        if (!executed.containsAll(cloned) || !executed.without(own).equals(cloned.without(own))) {
            throw new SnapshotException.Unproved("The follower " + config.name() + " has changed since it was cloned (GTIDs " + executed
                    + ", cloned were " + cloned + "): it replicates from somebody else; end that");
        }
    }

    /** They are applied from the log when the leader commits them. */
    private void rollBackPrepared(Statement statement, SeededAt seeded) throws SQLException, SnapshotException {
        List<String> xids = new ArrayList<>();
        try (ResultSet row = statement.executeQuery("XA RECOVER CONVERT XID")) {
            while (row.next()) {
                byte[] data = HexFormat.of().parseHex(row.getString(4).substring("0x".length()).toLowerCase(Locale.ROOT));
                int global = row.getInt(2);
                xids.add("X'" + HexFormat.of().formatHex(data, 0, global) + "',X'" + HexFormat.of().formatHex(data, global, data.length) + "',"
                        + row.getInt(1));
            }
        }
        for (String xid : xids) {
            if (!seeded.preparedXa().containsKey(xid)) {
                throw new SnapshotException.Unproved("The follower " + config.name() + " was cloned with the XA transaction " + xid
                        + " prepared, of which the log at hand does not tell: commit it on the leader or roll it back");
            }
            statement.execute("XA ROLLBACK " + xid);
        }
    }

    @Override
    public List<Finding> check() throws SnapshotException {
        try (Connection connection = open(); Statement statement = connection.createStatement()) {
            return new ClonePreflight(config, leader, statement).check();
        } catch (SQLException e) {
            throw failure("it was checked", e);
        }
    }

    private static List<TableName> names(Statement statement, String sql) throws SQLException {
        List<TableName> names = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                names.add(new TableName(row.getString(1), row.getString(2)));
            }
        }
        return names;
    }

    private static List<String> column(Statement statement, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                values.add(row.getString(1));
            }
        }
        return values;
    }

    private static String first(Statement statement, String sql) throws SQLException {
        return column(statement, sql).stream().findFirst().orElse("");
    }

    /** A string literal, byte for byte. */
    private static String text(String value) {
        return JdbcSnapshotTarget.bytes("'" + value.replace("\\", "\\\\").replace("'", "''") + "'");
    }

    private static boolean isLost(SQLException e) {
        return e.getErrorCode() == 0 || e.getSQLState() == null || e.getSQLState().startsWith("08") || e.getErrorCode() == 1053;
    }

    private SnapshotException failure(String doing, SQLException e) {
        String said = "The follower " + config.name() + " failed while " + doing + ": " + RootCause.told(e) + " (" + e.getErrorCode() + ")";
        return isLost(e) ? new SnapshotException.Unreachable(said, e) : new SnapshotException.Refused(said, e);
    }
}
