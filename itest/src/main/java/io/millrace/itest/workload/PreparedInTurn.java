package io.millrace.itest.workload;

import io.millrace.itest.server.DatabaseServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicBoolean;

/** XA transactions of which there is always one prepared, so that a snapshot meets one. They write {@code two.phases (id, b)}. */
public final class PreparedInTurn {
    private PreparedInTurn() {
    }

    /** Writes as long as it is told to; gives the number of the last transaction. */
    public static int write(DatabaseServer leader, AtomicBoolean writing) {
        int id = 0;
        try (Connection first = leader.connect();
                Connection second = leader.connect();
                Statement one = first.createStatement();
                Statement other = second.createStatement()) {
            prepareXa(other, id);
            while (writing.get()) {
                Statement now = id % 2 == 0 ? one : other;
                Statement before = id % 2 == 0 ? other : one;
                prepareXa(now, ++id);
                if (id % 16 == 0) {
                    leader.execute("FLUSH BINARY LOGS");
                }
                before.execute("XA COMMIT 'x" + (id - 1) + "'");
            }
            (id % 2 == 0 ? other : one).execute("XA COMMIT 'x" + id + "'");
            return id;
        } catch (SQLException e) {
            throw new IllegalStateException("the leader refused an XA transaction", e);
        }
    }

    private static void prepareXa(Statement statement, int id) throws SQLException {
        statement.execute("XA START 'x" + id + "'");
        statement.execute("INSERT INTO two.phases VALUES (" + id + ", REPEAT('r', 200))");
        statement.execute("XA END 'x" + id + "'");
        statement.execute("XA PREPARE 'x" + id + "'");
    }
}
