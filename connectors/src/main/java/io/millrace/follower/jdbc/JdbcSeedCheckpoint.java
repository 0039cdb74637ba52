package io.millrace.follower.jdbc;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** Saves the first checkpoint of a follower: that of the snapshot it was seeded from. */
public final class JdbcSeedCheckpoint {
    private final CheckpointTable table;

    /** @param follower its name */
    public JdbcSeedCheckpoint(String follower) {
        this.table = new CheckpointTable(follower);
    }

    /** Makes the tables that seeding and applying keep their notes in. */
    public void create(Statement statement) throws SQLException {
        CheckpointTable.create(statement);
    }

    /** The statement that saves a snapshot's coordinates. */
    public String save(String leader, BinlogCoordinates coordinates, GtidSet gtids) {
        return table.insert(new Checkpoint(leader, coordinates, gtids, Map.of()));
    }
}
