package io.millrace.follower.jdbc;

import com.zaxxer.hikari.HikariDataSource;
import io.millrace.config.FollowerConfig;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.Follower;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerProfile;
import io.millrace.follower.FollowerSession;
import io.millrace.follower.WorkerSession;
import io.millrace.follower.jdbc.statements.AppliedSchemas;
import io.millrace.follower.jdbc.rows.KnownTables;
import io.millrace.preflight.Finding;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A MySQL or MariaDB server that we apply to over JDBC. Any thread may call. */
public final class JdbcFollower implements Follower {
    private static final int TAKE_OVER_SECONDS = 30;

    private final FollowerConfig config;
    private final boolean accounts;
    private final AppliedSchemas schemas;
    private final HikariDataSource pool;
    private final CheckpointTable checkpoints;

    /**
     * Nothing is connected before it is needed.
     *
     * @param accounts whether the leader's accounts are the follower's too
     * @param schemas which of the leader's schemas are the follower's; empty for all
     */
    public JdbcFollower(FollowerConfig config, boolean accounts, List<String> schemas) {
        this.config = config;
        this.schemas = new AppliedSchemas(Set.copyOf(schemas));
        this.accounts = accounts;
        this.pool = Jdbc.pool(config, 2 + config.workers());
        this.checkpoints = new CheckpointTable(config.name());
    }

    @Override
    public Optional<Checkpoint> checkpoint() throws FollowerException {
        try (Connection connection = pool.getConnection()) {
            Optional<Checkpoint> saved = checkpoints.read(connection);
            FollowerServer server = FollowerServer.inspect(connection);
            return saved.map(checkpoint -> new Checkpoint(checkpoint.leader(), checkpoint.coordinates(),
                    checkpoint.gtids().union(server.executed()), checkpoint.preparedXa()));
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "its checkpoint was read", e);
        }
    }

    @Override
    public FollowerSession drive() throws FollowerException {
        Connection connection = connect();
        try {
            takeOver(connection, lock(""));
            endWorkers(connection);
            KnownTables known = new KnownTables();
            SessionSetup setup = SessionSetup.of(config, schemas, connection, known);
            if (checkpoints.read(connection).isPresent()) {
                new AppliedTable(config.name()).require(setup, setup.replays(config));
            }
            return JdbcFollowerSession.open(config, accounts, setup, checkpoints,
                    (number, epoch) -> worker(number, epoch, known));
        } catch (SQLException e) {
            pool.evictConnection(connection);
            throw FollowerErrors.of(config.label(), "a session was opened", e);
        } catch (FollowerException e) {
            pool.evictConnection(connection);
            throw e;
        }
    }

    private WorkerSession worker(int number, long epoch, KnownTables known) throws FollowerException {
        Connection connection = connect();
        try {
            takeOver(connection, lock(":" + number));
            return JdbcWorkerSession.open(config, SessionSetup.of(config, schemas, connection, known), checkpoints, number, epoch);
        } catch (SQLException e) {
            pool.evictConnection(connection);
            throw FollowerErrors.of(config.label(), "a worker's session was opened", e);
        } catch (FollowerException e) {
            pool.evictConnection(connection);
            throw e;
        }
    }

    private String lock(String worker) {
        return "'" + CheckpointTable.LOCK + config.name() + worker + "'";
    }

    private Connection connect() throws FollowerException {
        try {
            return pool.getConnection();
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "connecting", e);
        }
    }

    /** The lock belongs to the session, so when it is ours no older session of ours can still change anything. */
    private void takeOver(Connection connection, String lock) throws SQLException, FollowerException {
        try (Statement statement = connection.createStatement()) {
            for (int second = 0; second < TAKE_OVER_SECONDS; second++) {
                if (first(statement, "SELECT GET_LOCK(" + lock + ", 1)").equals("1")) {
                    return;
                }
                String holder = first(statement, "SELECT IS_USED_LOCK(" + lock + ")");
                if (!holder.isEmpty()) {
                    kill(statement, holder);
                }
            }
        }
        throw new FollowerException.Unreachable("Another session drives the follower " + config.name() + " and did not end in " + TAKE_OVER_SECONDS
                + " s after it was killed: it may be rolling back what was open (SHOW PROCESSLIST there; it holds the lock " + CheckpointTable.LOCK
                + config.name() + "), or belong to another Millrace, which must be stopped", null);
    }

    /** Workers of a driver whose host is gone would keep their locks for as long as the server keeps the sessions. */
    private void endWorkers(Connection connection) throws SQLException {
        String holders = IntStream.range(0, FollowerConfig.MOST_WORKERS).mapToObj(number -> "SELECT IS_USED_LOCK(" + lock(":" + number) + ")")
                .collect(Collectors.joining(" UNION ALL "));
        List<String> sessions = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery(holders)) {
                while (row.next()) {
                    Optional.ofNullable(row.getString(1)).ifPresent(sessions::add);
                }
            }
            for (String session : sessions) {
                kill(statement, session);
            }
        }
    }

    private static void kill(Statement statement, String connectionId) throws SQLException {
        try {
            statement.execute("KILL " + connectionId);
        } catch (SQLException e) {
            if (e.getErrorCode() != 1094) { // Unknown thread id: it is gone already.
                throw e;
            }
        }
    }

    static String first(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            String value = row.next() ? row.getString(1) : null;
            return value == null ? "" : value;
        }
    }

    @Override
    public FollowerProfile profile() throws FollowerException {
        try (Connection connection = pool.getConnection()) {
            return ProfileReader.read(connection);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was asked who it is", e);
        }
    }

    @Override
    public List<Finding> check() throws FollowerException {
        try (Connection connection = Jdbc.connect(config)) {
            return new FollowerPreflight(config, connection, accounts).check();
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was checked", e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
