package io.millrace.follower.jdbc;

import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import io.millrace.config.FollowerConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/** Saves the first checkpoint of a follower: that of the snapshot it was seeded from. */
public final class JdbcSeedCheckpoint {
    private static final String RESET = "RESET BINARY LOGS AND GTIDS";
    private static final String OLD_RESET = "RESET MASTER";
    private static final Pattern UUID_TEXT = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

    private final FollowerConfig config;
    private final CheckpointTable table;

    public JdbcSeedCheckpoint(FollowerConfig config) {
        this.config = config;
        this.table = new CheckpointTable(config.name());
    }

    /** Whether changes will be applied as SQL, so that triggers on the follower would fire a second time. */
    public boolean firesTriggers(Connection connection) throws SQLException {
        if (config.feed() == FollowerConfig.Feed.PULL) {
            return false; // A native replica applies row events.
        }
        return config.apply() == FollowerConfig.Apply.SQL
                || config.apply() == FollowerConfig.Apply.AUTO && !FollowerServer.inspect(connection).replays();
    }

    /**
     * The GTIDs that the follower remembers, a copy does not hold, and the log may bring: the leader's own, and those of servers that the
     * leader has something of. A native replica is given its set when it is attached, so that there are none.
     *
     * @param copied what the copy holds
     */
    public GtidSet laterGtids(Connection connection, String leader, GtidSet copied) throws SQLException {
        if (config.feed() == FollowerConfig.Feed.PULL) {
            return GtidSet.empty();
        }
        Set<UUID> servers = new HashSet<>(copied.servers());
        if (UUID_TEXT.matcher(leader).matches()) {
            servers.add(UUID.fromString(leader));
        }
        return FollowerServer.inspect(connection).executed().minus(copied).of(servers);
    }

    /** Makes the follower forget every GTID, and its own binlog with them. */
    public void forgetGtids(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(FollowerServer.inspect(connection).version().isMySql(8, 2, 0) ? RESET : OLD_RESET);
        }
    }

    /** How a person does that. */
    public String forgetting() {
        return RESET + " (" + OLD_RESET + " before 8.2)";
    }

    /** The other names under which the server is a follower that is being fed now. */
    public Set<String> fedAs(Connection connection) throws SQLException {
        return table.drivenByOthers(connection);
    }

    /** Makes the tables that seeding and applying keep their notes in; what was noted of an older seed's changes is gone then. */
    public void create(Statement statement) throws SQLException {
        CheckpointTable.create(statement);
        statement.execute(table.deleteWorkers());
        statement.execute(new AppliedTable(config.name()).delete());
    }

    /** The statement that saves where a snapshot leaves off. */
    public String save(Checkpoint first) {
        return table.insert(first);
    }

    /** What {@link #save} left, or what was applied since, if it was not removed: the row is behind what the server knows by GTID then. */
    public Optional<Checkpoint> read(Connection connection) throws SQLException {
        Optional<Checkpoint> saved = table.read(connection);
        if (saved.isEmpty() || !table.wasDriven(connection)) {
            return saved;
        }
        Checkpoint place = saved.get();
        return Optional.of(new Checkpoint(place.leader(), place.coordinates(), place.gtids().union(FollowerServer.inspect(connection).executed()),
                place.preparedXa()));
    }

    /** Whether a seeding was begun and did not come to its end. */
    public boolean isUnfinished(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return !JdbcFollower.first(statement, "SELECT name FROM millrace.seed WHERE name = '" + config.name() + "' LIMIT 1").isEmpty();
        } catch (SQLException e) {
            if (CheckpointTable.isMissing(e)) {
                return false;
            }
            throw e;
        }
    }

    /** Forgets it, without a trace in the follower's own binlog. */
    public void remove(Connection connection) throws SQLException {
        if (table.read(connection).isEmpty()) {
            return;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_log_bin = 0");
            statement.execute("DELETE FROM millrace.checkpoint WHERE name = '" + config.name() + "'");
            statement.execute(table.deleteWorkers());
            statement.execute("SET SESSION sql_log_bin = 1");
        }
    }
}
