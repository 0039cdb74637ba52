package io.millrace.follower.jdbc;

import io.millrace.binlog.Gtid;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.ExecuteLoadEvent;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.config.FollowerConfig;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.follower.jdbc.rows.ReplayFeed;
import io.millrace.follower.jdbc.rows.RowFeed;
import io.millrace.follower.jdbc.rows.SqlFeed;
import io.millrace.follower.jdbc.rows.TableEngines;
import io.millrace.follower.jdbc.rows.TableShapes;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;

/** The driving session of one follower. One thread. */
final class JdbcFollowerSession implements FollowerSession {
    private static final Executor DIRECT = Runnable::run;
    private static final Pattern TRIGGER = Pattern.compile("\\s*(CREATE\\s+(OR\\s+REPLACE\\s+)?(DEFINER\\s*=\\s*\\S+\\s+)?|DROP\\s+)TRIGGER\\b",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern ACCOUNT = Pattern.compile(
            "(\\s+|/\\*[^!].*?\\*/)*((CREATE|ALTER|DROP|RENAME)\\s+(OR\\s+REPLACE\\s+)?(USER|ROLE)|GRANT|REVOKE|SET\\s+(PASSWORD|DEFAULT\\s+ROLE))\\b",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** How long a statement may be that the follower writes into its binlog again for each change in it. */
    private static final int ANNOTATED_BYTES = 4 * 1024;

    /** The events of one statement stand in memory several times, as bytes, as text and in the driver: the heap must bear it. */
    private static final int MOST_BYTES = 16 << 20;

    private final String name;
    private final Connection connection;
    private final Statement statement;
    private final SessionSettings settings;
    private Optional<Gtid> gtid = Optional.empty();
    private String opening = "";

    /** What stays the same for the life of a session. */
    record SessionSettings(FollowerServer server, boolean accounts, CheckpointTable checkpoints, Checkpoint start, long epoch, RowFeed feed,
            TableEngines engines, StatementRunner runner) {}

    private JdbcFollowerSession(String name, Connection connection, Statement statement, SessionSettings settings) {
        this.name = name;
        this.connection = connection;
        this.statement = statement;
        this.settings = settings;
    }

    static JdbcFollowerSession open(FollowerConfig config, boolean accounts, Connection connection, CheckpointTable checkpoints)
            throws SQLException, FollowerException {
        FollowerServer server = FollowerServer.inspect(connection);
        Statement statement = connection.createStatement();
        statement.setEscapeProcessing(false);
        StatementContext context = new StatementContext(server.version().mariaDb(), server.version().atLeast(8, 0, 0), server.names());
        statement.execute(context.baseline());
        statement.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        if (config.binlog() == FollowerConfig.Binlog.SKIP) {
            statement.execute("SET SESSION sql_log_bin = 0");
        }
        Checkpoint saved = checkpoints.read(connection).orElseThrow(
                () -> new FollowerException.NotSeeded("The follower " + config.name() + " has no checkpoint of ours: it must be seeded"));
        statement.executeUpdate(checkpoints.raiseEpoch());
        long epoch = Long.parseLong(JdbcFollower.first(statement, checkpoints.readEpoch()));
        Checkpoint start = new Checkpoint(saved.leader(), saved.coordinates(), saved.gtids().union(server.executed()), saved.preparedXa());
        StatementRunner runner = new StatementRunner(context, statement, checkpoints.isPending(statement));
        SessionSettings settings = new SessionSettings(server, accounts, checkpoints, start, epoch, feed(config, server, connection),
                new TableEngines(connection), runner);
        return new JdbcFollowerSession(config.name(), connection, statement, settings);
    }

    private static RowFeed feed(FollowerConfig config, FollowerServer server, Connection connection) throws FollowerException {
        boolean replay = config.apply() == FollowerConfig.Apply.REPLAY || config.apply() == FollowerConfig.Apply.AUTO && server.replays();
        if (replay && !server.replays()) {
            throw new FollowerException.AccessDenied("The follower " + config.name() + " does not grant BINLOG, which apply: replay needs; GRANT "
                    + FollowerPreflight.replayPrivilege(server.version()) + ", or use apply: auto", null);
        }
        long room = server.maxPacket() / 4 * 3 - 64 * 1024;
        int limit = (int) Math.clamp(room, 64 * 1024, Math.max(config.groupSize().bytes(), 64 * 1024));
        boolean annotates = server.annotates() && config.binlog() != FollowerConfig.Binlog.SKIP;
        return replay
                ? new ReplayFeed(annotates ? ANNOTATED_BYTES : limit, Math.clamp(room, 64 * 1024, MOST_BYTES))
                : new SqlFeed(new TableShapes(connection), limit);
    }

    @Override
    public Checkpoint start() {
        return settings.start();
    }

    @Override
    public boolean keepsGtid(Gtid wanted) {
        return settings.server().setsGtids() && (wanted.source().tag().isEmpty() || settings.server().version().isMySql(8, 3, 0));
    }

    @Override
    public void format(BinlogEvent formatDescription) throws FollowerException {
        try {
            settings.engines().forget();
            for (RowFeed.Packet packet : settings.feed().format(formatDescription)) {
                statement.execute(packet.sql());
            }
            nextGtid(Optional.empty());
        } catch (SQLException e) {
            throw failure("the log's format was set", e);
        }
    }

    @Override
    public void newFile() {
        settings.engines().forget();
    }

    /** After a format description the session does not know what comes next, so it is always told. */
    private void nextGtid(Optional<Gtid> next) throws SQLException {
        if (settings.server().setsGtids()) {
            statement.execute(gtidNext(next));
        }
    }

    private static String gtidNext(Optional<Gtid> next) {
        return "SET SESSION gtid_next = '" + next.map(Gtid::toString).orElse("AUTOMATIC") + "'";
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
    public boolean sendsWhole() {
        return settings.feed() instanceof ReplayFeed;
    }

    @Override
    public void begin(Optional<Gtid> under, boolean whole) {
        settings.feed().keepWhole(whole && under.isPresent());
        gtid = under;
        opening = (under.isPresent() ? gtidNext(under) + "; " : "") + "BEGIN";
    }

    @Override
    public void apply(BinlogEvent event) throws FollowerException {
        try {
            switch (event.type()) {
                case EventType.TABLE_MAP -> give(settings.feed().add(event));
                case EventType.QUERY -> {
                    give(settings.feed().drain());
                    openNow();
                    settings.runner().inTransaction(QueryEvent.read(event.body()), event.header());
                }
                case EventType.INTVAR, EventType.RAND, EventType.USER_VAR -> settings.runner().variable(event);
                default -> {
                    if (EventType.isRows(event.type())) {
                        give(settings.feed().add(event));
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
            give(settings.feed().drain());
            openNow();
            settings.runner().load(ExecuteLoadEvent.read(executeLoad.body()), executeLoad.header(), file);
        } catch (SQLException e) {
            throw failure("a LOAD DATA of the leader was run", e);
        }
    }

    /** BINLOG is the last statement of its packet: the results of any after it would be lost. */
    private void give(Iterable<RowFeed.Packet> packets) throws SQLException, FollowerException {
        for (RowFeed.Packet packet : packets) {
            if (packet.matches() != RowFeed.Packet.UNCOUNTED) {
                openNow();
                runCounted(packet);
            } else {
                statement.execute(opening.isEmpty() ? packet.sql() : opening + "; " + packet.sql());
                opening = "";
            }
        }
    }

    private void runCounted(RowFeed.Packet packet) throws SQLException, FollowerException {
        statement.execute(packet.sql());
        int counted = 0;
        for (int count = statement.getUpdateCount(); count >= 0; count = statement.getMoreResults() ? 0 : statement.getUpdateCount()) {
            counted += count == 1 ? 1 : 0;
        }
        if (counted != packet.matches()) {
            throw new FollowerException.Rejected("The follower " + name + " does not hold a row that the leader changed (" + counted + " of "
                    + packet.matches() + " statements matched one row): its data differs; seed it again", null);
        }
    }

    private void openNow() throws SQLException {
        if (!opening.isEmpty()) {
            statement.execute(opening);
            opening = "";
        }
    }

    @Override
    public void commit(Checkpoint reached) throws FollowerException {
        try {
            give(settings.feed().drain());
            openNow();
            if (gtid.isEmpty()) {
                update(reached);
                statement.execute("COMMIT");
            } else {
                statement.execute("COMMIT; " + gtidNext(Optional.empty()));
            }
            gtid = Optional.empty();
        } catch (SQLException e) {
            throw failure("a transaction was committed", e);
        }
    }

    private void update(Checkpoint reached) throws SQLException, FollowerException {
        if (statement.executeUpdate(settings.checkpoints().update(reached, settings.epoch())) != 1) {
            statement.execute("ROLLBACK");
            throw new FollowerException.Fenced("Another Millrace drives the follower " + name + " now (its epoch has passed " + settings.epoch()
                    + "): this one stops; run only one");
        }
    }

    @Override
    public void statement(BinlogEvent query, Optional<Gtid> under, Checkpoint reached) throws FollowerException {
        try {
            boolean remembered = under.isPresent() && keepsGtid(under.get());
            if (!remembered) {
                statement.executeUpdate(settings.checkpoints().markPending(reached.coordinates(), settings.epoch()));
            }
            QueryEvent event = QueryEvent.read(query.body());
            if (remembered) {
                gtid = under;
                nextGtid(under);
            }
            if (!isLeftOut(event.latin1())) {
                settings.runner().alone(event, query.header(), event.latin1());
            } else if (remembered) {
                statement.execute("BEGIN");
                statement.execute("COMMIT"); // So that the follower's own GTID set has no hole.
            }
            settings.feed().definitionsChanged();
            settings.engines().forget();
            nextGtid(Optional.empty());
            gtid = Optional.empty();
            update(reached);
        } catch (SQLException e) {
            throw failure("a statement of the leader was run", e);
        }
    }

    /** Where changes are applied as SQL a trigger would do again what the log brings; accounts that were not copied cannot be changed. */
    private boolean isLeftOut(String sql) {
        if (!settings.accounts() && ACCOUNT.matcher(sql).lookingAt()) {
            return true;
        }
        return settings.feed() instanceof SqlFeed && TRIGGER.matcher(sql).lookingAt();
    }

    @Override
    public void prelude(BinlogEvent query, String sql, Checkpoint before) throws FollowerException {
        try {
            statement.executeUpdate(settings.checkpoints().markPending(before.coordinates(), settings.epoch()));
            settings.runner().alone(QueryEvent.read(query.body()), query.header(), sql);
            settings.engines().forget();
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
            opening = "";
            gtid = Optional.empty();
            settings.feed().clear();
            statement.execute("ROLLBACK");
            nextGtid(Optional.empty());
        } catch (SQLException e) {
            throw failure("a transaction was rolled back", e);
        }
    }

    private FollowerException failure(String doing, SQLException e) {
        return FollowerErrors.of(name, doing, e);
    }

    /** The session is ended, not given back: its lock and settings end with it. */
    @Override
    public void close() {
        try {
            connection.abort(DIRECT);
            connection.close();
        } catch (SQLException e) {
            // The server ends what is left of the session when it sees the socket closed.
            opening = "";
        }
    }
}
