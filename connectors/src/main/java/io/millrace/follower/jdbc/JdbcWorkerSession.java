package io.millrace.follower.jdbc;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.config.FollowerConfig;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.follower.WorkerSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A session that applies groups beside others, and keeps a checkpoint of its own. One thread. */
final class JdbcWorkerSession implements WorkerSession {
    /** Another worker may hold the lock and wait for this one to commit, which the server cannot know. */
    private static final String PATIENCE = "SET SESSION innodb_lock_wait_timeout = 2";

    private final String follower;
    private final Connection connection;
    private final Statement statement;
    private final RowSender rows;
    private final WorkerCheckpoint checkpoint;

    private JdbcWorkerSession(String follower, Connection connection, Statement statement, RowSender rows, WorkerCheckpoint checkpoint) {
        this.follower = follower;
        this.connection = connection;
        this.statement = statement;
        this.rows = rows;
        this.checkpoint = checkpoint;
    }

    /** Takes over what an older worker of that number and its driver had. */
    static JdbcWorkerSession open(FollowerConfig config, SessionSetup setup, CheckpointTable checkpoints, int number, long epoch)
            throws SQLException, FollowerException {
        Statement statement = setup.statement();
        statement.execute(PATIENCE);
        if (statement.executeUpdate(checkpoints.insertWorker(number, epoch)) == 0) {
            throw CheckpointTable.fenced(config.name(), epoch);
        }
        WorkerCheckpoint checkpoint = WorkerCheckpoint.of(config.name(), number, epoch);
        return new JdbcWorkerSession(config.label(), setup.connection(), statement, setup.rows(config), checkpoint);
    }

    @Override
    public void format(BinlogEvent formatDescription) throws FollowerException {
        try {
            rows.format(formatDescription);
        } catch (SQLException e) {
            throw failure("the log's format was set", e);
        }
    }

    @Override
    public void begin() {
        rows.begin("BEGIN");
    }

    @Override
    public void apply(BinlogEvent event) throws FollowerException {
        try {
            rows.add(event);
        } catch (SQLException e) {
            throw failure("a transaction was applied", e);
        }
    }

    @Override
    public void flush() throws FollowerException {
        try {
            rows.flush();
        } catch (SQLException e) {
            throw failure("a transaction was applied", e);
        }
    }

    @Override
    public void commit(Checkpoint reached) throws FollowerException {
        try {
            if (statement.executeUpdate(checkpoint.update(reached)) != 1) {
                statement.execute("ROLLBACK");
                throw CheckpointTable.fenced(follower, checkpoint.epoch());
            }
            statement.execute("COMMIT");
        } catch (SQLException e) {
            throw failure("a transaction was committed", e);
        }
    }

    @Override
    public void rollback() throws FollowerException {
        try {
            rows.clear();
            statement.execute("ROLLBACK");
        } catch (SQLException e) {
            throw failure("a transaction was rolled back", e);
        }
    }

    private FollowerException failure(String doing, SQLException e) {
        return FollowerErrors.of(follower, doing, e);
    }

    @Override
    public void close() {
        Jdbc.end(connection);
    }
}
