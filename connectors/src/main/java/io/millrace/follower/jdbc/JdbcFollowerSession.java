package io.millrace.follower.jdbc;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.ExecuteLoadEvent;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.writeset.TableKeys;
import io.millrace.config.FollowerConfig;
import io.millrace.connection.PassingErrors;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.follower.WorkerSession;
import io.millrace.follower.jdbc.statements.AppliedSchemas;
import io.millrace.follower.jdbc.rows.ReplayFeed;
import io.millrace.follower.jdbc.rows.KeyCatalog;
import io.millrace.follower.jdbc.rows.SqlFeed;
import io.millrace.follower.jdbc.rows.TableEngines;
import io.millrace.follower.jdbc.statements.StatementRunner;
import io.millrace.follower.jdbc.statements.WantedStatements;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** The driving session of one follower. One thread. */
final class JdbcFollowerSession implements FollowerSession {
    private final String name;
    private final Connection connection;
    private final Statement statement;
    private final RowSender rows;
    private final SessionSettings settings;
    private final WantedStatements wanted;
    private Optional<Gtid> gtid = Optional.empty();
    /** The mark of the statement that was begun last and is not known to be over. */
    private String pending;
    /** Whether something was done since the transaction began that may stay, half done, when it is rolled back. */
    private boolean stays;

    /** What stays the same for the life of a session. */
    record SessionSettings(FollowerServer server, AppliedSchemas schemas, boolean accounts, CheckpointTable checkpoints, Checkpoint start, long epoch,
            TableEngines engines, KeyCatalog keys, StatementRunner runner, Workers workers, boolean tags) {}

    /** Opens sessions of workers. */
    interface Workers {
        WorkerSession open(int number, long epoch) throws FollowerException;
    }

    private JdbcFollowerSession(String name, Connection connection, Statement statement, RowSender rows, SessionSettings settings, String pending) {
        this.name = name;
        this.pending = pending;
        this.rows = rows;
        this.connection = connection;
        this.statement = statement;
        this.settings = settings;
        this.wanted = new WantedStatements(settings.schemas(), settings.accounts(), !(rows.feed() instanceof SqlFeed));
    }

    static JdbcFollowerSession open(FollowerConfig config, boolean accounts, SessionSetup setup, CheckpointTable checkpoints, Workers workers)
            throws SQLException, FollowerException {
        Connection connection = setup.connection();
        FollowerServer server = setup.server();
        Statement statement = setup.statement();
        Checkpoint saved = checkpoints.takeOver(connection, statement).orElseThrow(
                () -> new FollowerException.NotSeeded("The follower " + config.name() + " has no checkpoint of ours: it must be seeded"));
        long epoch = Long.parseLong(JdbcFollower.first(statement, checkpoints.readEpoch()));
        Checkpoint start = new Checkpoint(saved.leader(), saved.coordinates(), saved.gtids().union(server.executed()), saved.preparedXa());
        String pending = JdbcFollower.first(statement, checkpoints.readPending());
        SessionSettings settings = new SessionSettings(server, setup.schemas(), accounts, checkpoints, start, epoch, new TableEngines(connection),
                setup.keys(), new StatementRunner(setup.context(), statement), workers, server.setsTags(Jdbc.grants(connection)));
        return new JdbcFollowerSession(config.label(), connection, statement, setup.rows(config), settings, pending);
    }

    @Override
    public Checkpoint start() {
        return settings.start();
    }

    @Override
    public boolean keepsGtid(Gtid wanted) {
        return wanted.source().tag().isEmpty() ? settings.server().keepsGtids() : settings.tags();
    }

    @Override
    public void format(BinlogEvent formatDescription) throws FollowerException {
        try {
            settings.engines().forget();
            settings.runner().format(FormatDescription.read(formatDescription.bytes()));
            rows.format(formatDescription);
        } catch (SQLException e) {
            throw failure("the log's format was set", e);
        }
    }

    @Override
    public void newFile() {
        settings.engines().forget();
        settings.keys().forget(); // Whoever changed a table by hand is noticed some time.
    }

    private void nextGtid(Optional<Gtid> next) throws SQLException {
        if (settings.server().setsGtids()) {
            statement.execute(RowSender.gtidNext(next));
        }
    }

    @Override
    public boolean rollsBack(BinlogEvent tableMap) throws FollowerException {
        try {
            return settings.engines().isTransactional(tableMap);
        } catch (SQLException e) {
            throw failure("a table's engine was looked up", e);
        }
    }

    @Override
    public boolean rollsBackAll() {
        return !stays;
    }

    @Override
    public TableKeys keys(TableMap table) throws FollowerException {
        try {
            return settings.keys().of(table);
        } catch (SQLException e) {
            throw failure("a table's keys were looked up", e);
        }
    }

    @Override
    public WorkerSession worker(int number) throws FollowerException {
        return settings.workers().open(number, settings.epoch());
    }

    @Override
    public boolean sendsWhole() {
        return rows.feed() instanceof ReplayFeed;
    }

    @Override
    public void begin(Optional<Gtid> under, boolean whole) {
        rows.feed().keepWhole(whole && under.isPresent());
        gtid = under;
        stays = false;
        rows.begin((under.isPresent() ? RowSender.gtidNext(under) + "; " : "") + "BEGIN");
    }

    @Override
    public void apply(BinlogEvent event) throws FollowerException {
        try {
            switch (event.type()) {
                case EventType.TABLE_MAP -> {
                    stays |= !settings.engines().isTransactional(event);
                    rows.add(event);
                }
                case EventType.QUERY -> {
                    rows.flush();
                    stays |= !QueryEvent.read(event.body()).latin1().startsWith("SAVEPOINT");
                    QueryEvent query = QueryEvent.read(event.body());
                    if (wanted.takes(query)) {
                        settings.runner().inTransaction(query, event.header());
                    } else {
                        settings.runner().forgetVariables();
                    }
                    rows.feed().sessionChanged();
                }
                case EventType.INTVAR, EventType.RAND, EventType.USER_VAR -> settings.runner().variable(event);
                default -> {
                    if (EventType.isRows(event.type())) {
                        rows.add(event);
                    }
                }
            }
        } catch (SQLException e) {
            throw failure("a transaction was applied", e);
        }
    }

    @Override
    public void load(BinlogEvent executeLoad, InputStream file) throws FollowerException {
        try {
            rows.flush();
            stays = true;
            ExecuteLoadEvent load = ExecuteLoadEvent.read(executeLoad.body());
            if (wanted.takes(load.query())) {
                settings.runner().load(load, executeLoad.header(), file);
            } else {
                settings.runner().forgetVariables();
            }
            rows.feed().sessionChanged();
        } catch (SQLException e) {
            throw failure("a LOAD DATA of the leader was run", e);
        }
    }

    @Override
    public void commit(Checkpoint reached) throws FollowerException {
        try {
            rows.flush();
            if (gtid.isEmpty()) {
                update(reached);
                statement.execute("COMMIT");
            } else {
                statement.execute("COMMIT; " + RowSender.gtidNext(Optional.empty()));
            }
            stays = false;
            gtid = Optional.empty();
        } catch (SQLException e) {
            throw failure("a transaction was committed", e);
        }
    }

    @Override
    public void rollBackAsLogged(Checkpoint reached) throws FollowerException {
        try {
            rows.flush();
            statement.execute("ROLLBACK");
            if (gtid.isPresent()) {
                remember(gtid);
                nextGtid(Optional.empty());
                gtid = Optional.empty();
            }
            update(reached);
            stays = false;
        } catch (SQLException e) {
            throw failure("a transaction was rolled back as on the leader", e);
        }
    }

    private void update(Checkpoint reached) throws SQLException, FollowerException {
        if (statement.executeUpdate(settings.checkpoints().update(reached, settings.epoch())) != 1) {
            statement.execute("ROLLBACK");
            throw CheckpointTable.fenced(name, settings.epoch());
        }
        pending = "";
    }

    /** Tells whether the statement of that mark was begun before, and perhaps done: by a session that crashed, or by this one before a conflict. */
    private boolean mark(String mark) throws SQLException, FollowerException {
        if (statement.executeUpdate(settings.checkpoints().markPending(mark, settings.epoch())) != 1) {
            throw CheckpointTable.fenced(name, settings.epoch());
        }
        boolean marked = pending.equals(mark);
        pending = mark;
        return marked;
    }

    /**
     * {@inheritDoc}
     * No GTID can be relied on alone: MySQL 5.7 commits DDL before its GTID, and so does 8.0 where the session writes no binlog.
     */
    @Override
    public void statement(BinlogEvent query, Optional<Gtid> under, Checkpoint reached) throws FollowerException {
        try {
            stays = true;
            boolean remembered = under.isPresent() && keepsGtid(under.get());
            boolean perhapsDone = mark(reached.coordinates().toString());
            QueryEvent event = QueryEvent.read(query.body());
            boolean leftOut = wanted.leavesOut(event);
            if (!leftOut) {
                attempt(perhapsDone, () -> { // Now, since a failure would give the GTID back.
                    settings.runner().use(event, query.header());
                    return true;
                });
            }
            if (remembered) {
                gtid = under;
                nextGtid(under);
            }
            boolean ran = !leftOut && attempt(perhapsDone, () -> settings.runner().alone(event, query.header(), event.latin1(), perhapsDone));
            settings.runner().forgetVariables();
            if (!ran && remembered) {
                remember(under);
            }
            definitionsChanged();
            nextGtid(Optional.empty());
            gtid = Optional.empty();
            update(reached);
            stays = false;
        } catch (SQLException e) {
            throw FollowerErrors.of(name, "a statement of the leader was run", e); // It was done or not: nothing of it stays.
        }
    }

    private interface Attempt {
        boolean run() throws SQLException;
    }

    private boolean attempt(boolean perhapsDone, Attempt attempt) throws SQLException {
        try {
            return attempt.run();
        } catch (SQLException e) {
            if (!perhapsDone && e.getErrorCode() != 0) {
                takeBackMark(e);
            }
            throw e;
        }
    }

    /** The server refused the statement: it was not done, and must not pass for done when it is tried again. */
    private void takeBackMark(SQLException refusal) {
        try {
            nextGtid(Optional.empty());
            statement.executeUpdate(settings.checkpoints().markPending("", settings.epoch()));
            pending = "";
        } catch (SQLException e) {
            refusal.addSuppressed(e);
        }
    }

    /** So that the follower's own GTID set has no hole where a statement changed nothing. A failed one gives its GTID back. */
    private void remember(Optional<Gtid> under) throws SQLException {
        statement.execute("ROLLBACK");
        nextGtid(under);
        statement.execute("BEGIN");
        statement.execute("COMMIT");
    }

    private void definitionsChanged() {
        rows.feed().definitionsChanged();
        settings.engines().forget();
        settings.keys().forget();
    }

    @Override
    public void prelude(BinlogEvent query, String sql, BinlogCoordinates at) throws FollowerException {
        try {
            boolean perhapsDone = mark(at.toString());
            QueryEvent event = QueryEvent.read(query.body());
            if (!wanted.leavesOut(event)) {
                attempt(perhapsDone, () -> settings.runner().alone(event, query.header(), sql, perhapsDone));
            }
            definitionsChanged();
        } catch (SQLException e) {
            throw failure("a table was made", e);
        }
    }

    @Override
    public void save(Checkpoint reached) throws FollowerException {
        try {
            update(reached);
        } catch (SQLException e) {
            throw failure("a checkpoint was saved", e);
        }
    }

    /** Under a GTID nothing is rolled back by statement, which could use the GTID up: the session ends, and the server rolls back. */
    @Override
    public void rollback() throws FollowerException {
        if (gtid.isPresent()) {
            throw new FollowerException.Unreachable("The follower " + name + " had a conflict under " + gtid.get() + ": a new session goes on", null);
        }
        try {
            gtid = Optional.empty();
            rows.clear();
            statement.execute("ROLLBACK");
            stays = false;
            nextGtid(Optional.empty());
        } catch (SQLException e) {
            throw failure("a transaction was rolled back", e);
        }
    }

    private FollowerException failure(String doing, SQLException e) {
        FollowerException failure = FollowerErrors.of(name, doing, e);
        boolean half = stays && PassingErrors.areOfFullDisks(e.getErrorCode(), String.valueOf(e.getMessage()));
        return half ? new FollowerException.Rejected(String.valueOf(failure.getMessage()), e, false) : failure;
    }

    @Override
    public void close() {
        Jdbc.end(connection);
    }
}
