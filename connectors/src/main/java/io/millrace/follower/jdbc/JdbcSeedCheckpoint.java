package io.millrace.follower.jdbc;

import io.millrace.follower.Checkpoint;
import io.millrace.config.FollowerConfig;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

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
        return config.apply() == FollowerConfig.Apply.SQL
                || config.apply() == FollowerConfig.Apply.AUTO && !FollowerServer.inspect(connection).replays();
    }

    /** Makes the tables that seeding and applying keep their notes in. */
    public void create(Statement statement) throws SQLException {
        CheckpointTable.create(statement);
    }

    /** The statement that saves where a snapshot leaves off. */
    public String save(Checkpoint first) {
        return table.insert(first);
    }
}
