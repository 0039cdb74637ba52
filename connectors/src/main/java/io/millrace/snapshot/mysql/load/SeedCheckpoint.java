package io.millrace.snapshot.mysql.load;

import io.millrace.binlog.GtidSet;
import io.millrace.snapshot.SeededAt;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;

/** Where the follower's checkpoint is kept. */
public interface SeedCheckpoint {
    /** The other names under which the server is a follower that is being fed now, which must not be emptied. */
    Set<String> fedAs(Connection connection) throws SQLException;

    /** Makes the tables that seeding and applying keep their notes in. */
    void create(Statement statement) throws SQLException;

    /**
     * What the follower remembers by its GTID and a copy does not hold, if that stands in the way; its own transactions do not.
     *
     * @param seeded where the copy leaves off
     */
    GtidSet laterGtids(Connection connection, SeededAt seeded) throws SQLException;

    /** Makes the follower forget every GTID, and its own binlog with them. */
    void forgetGtids(Connection connection) throws SQLException;

    /** How a person does that. */
    String forgetting();

    /** Whether changes will be applied as SQL, so that triggers on the follower would fire a second time. */
    boolean firesTriggers(Connection connection) throws SQLException;

    /** The statement that saves where seeding leaves off as the follower's checkpoint. */
    String save(SeededAt seeded);
}
