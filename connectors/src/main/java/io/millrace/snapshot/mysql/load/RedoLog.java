package io.millrace.snapshot.mysql.load;

import io.millrace.snapshot.SnapshotException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * InnoDB's redo log of a follower that is loaded. Without it nothing is written twice, but a server that dies meanwhile does not start
 * again. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/innodb-redo-log.html">Disabling Redo Logging</a>
 */
final class RedoLog {
    private final String follower;
    private final Statement statement;

    RedoLog(String follower, Statement statement) {
        this.follower = follower;
        this.statement = statement;
    }

    /** Switches it off, until {@link #enable}. */
    void disable() throws SQLException, SnapshotException {
        String state = state();
        if (state.isEmpty()) {
            throw new SnapshotException.Refused("The follower " + follower
                    + " has no switch for its redo log, which only MySQL 8.0.21 and later have: remove loadWithoutRedoLog", null);
        }
        if (state.equals("ON")) {
            statement.execute("ALTER INSTANCE DISABLE INNODB REDO_LOG");
        }
    }

    /** Switches it on where it is off, whoever did that; everything that was loaded is durable then. */
    void enable() throws SQLException {
        if (state().equals("OFF")) {
            statement.execute("ALTER INSTANCE ENABLE INNODB REDO_LOG");
        }
    }

    private String state() throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_enabled'")) {
            return row.next() ? row.getString(2) : "";
        }
    }
}
