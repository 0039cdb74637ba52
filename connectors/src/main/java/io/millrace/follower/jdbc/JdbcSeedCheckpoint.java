package io.millrace.follower.jdbc;

import io.millrace.follower.Checkpoint;
import io.millrace.config.FollowerConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** Saves the first checkpoint of a follower: that of the snapshot it was seeded from. */
public final class JdbcSeedCheckpoint {
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

    /** Makes the tables that seeding and applying keep their notes in; what workers noted of an older seed is gone then. */
    public void create(Statement statement) throws SQLException {
        CheckpointTable.create(statement);
        statement.execute(table.deleteWorkers());
    }

    /** The statement that saves where a snapshot leaves off. */
    public String save(Checkpoint first) {
        return table.insert(first);
    }

    /** What {@link #save} left, if it was not removed since. */
    public Optional<Checkpoint> read(Connection connection) throws SQLException {
        return table.read(connection);
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
