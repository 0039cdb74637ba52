package io.millrace.snapshot.mysql;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.config.LeaderConfig;
import io.millrace.config.SnapshotConfig;
import io.millrace.connection.Endpoint;
import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.connection.ServerErrorException;
import io.millrace.preflight.Finding;
import io.millrace.preflight.Grants;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.LeaderLoad;
import io.millrace.snapshot.Opening;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotSource;
import io.millrace.snapshot.SnapshotView;
import io.millrace.snapshot.TableDefinition;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A MySQL or MariaDB leader as something to copy. One thread opens and closes; each view has a thread of its own. */
public final class MySqlSnapshotSource implements SnapshotSource {
    private static final int LOCK_SECONDS = 5;
    private static final int LONG_QUERY_SECONDS = 3;
    /** The most that a server takes: whoever waits for the others holds locks or a view meanwhile. */
    private static final int LONGEST_IDLE_SECONDS = 31536000;
    private static final int BACKUP_LOCK_TRIES = 6;
    /** A leader's own limit would cut tables without a word. */
    static final String EVERY_ROW = "18446744073709551615";
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

    /** Only tests set it: how long at most the server waits between the statements of an opening, so that more comes between. */
    private static final int STRETCH_MILLIS = Integer.getInteger("millrace.test.openingMillis", 0);

    private final Endpoint endpoint;
    private final SnapshotConfig config;
    private final ServerConnection control;
    private final TableLocks tableLocks;
    private final TableLocks keylessLocks;
    private final Deque<ServerConnection> idle = new ArrayDeque<>();
    private final LoadReader load;
    private long controlAsked = System.nanoTime();

    private MySqlSnapshotSource(Endpoint endpoint, SnapshotConfig config, ServerConnection control) {
        this.endpoint = endpoint;
        this.config = config;
        this.control = control;
        this.tableLocks = new TableLocks(endpoint);
        this.keylessLocks = new TableLocks(endpoint);
        this.load = new LoadReader(endpoint);
    }

    /** Connects to the leader. */
    public static MySqlSnapshotSource connect(LeaderConfig leader, SnapshotConfig config) throws SnapshotException {
        Endpoint endpoint = Endpoint.of(leader);
        try {
            return begin(endpoint, config, ServerConnection.open(endpoint));
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    private static MySqlSnapshotSource begin(Endpoint endpoint, SnapshotConfig config, ServerConnection control) throws IOException {
        try {
            control.execute("SET NAMES utf8mb4");
            control.execute(
                    "SET SESSION lock_wait_timeout = " + LOCK_SECONDS + ", wait_timeout = " + LONGEST_IDLE_SECONDS + ", net_write_timeout = 600");
            return new MySqlSnapshotSource(endpoint, config, control);
        } catch (IOException e) {
            control.close();
            throw e;
        }
    }

    @Override
    public boolean lockForBackup() throws SnapshotException {
        if (!control.version().isMySql(8, 0, 0)) {
            return false;
        }
        for (int i = 0; i < BACKUP_LOCK_TRIES; i++) {
            try {
                control.execute("LOCK INSTANCE FOR BACKUP");
                return true;
            } catch (ServerErrorException e) {
                if (e.code() != SourceErrors.ER_LOCK_WAIT_TIMEOUT) {
                    return false; // Not granted: the log is searched for DDL instead.
                }
            } catch (IOException e) {
                throw SourceErrors.of(endpoint, e);
            }
        }
        return false; // DDL runs all the time.
    }

    @Override
    public Moment now() throws SnapshotException {
        try {
            GtidSet executed = control.version().mariaDb()
                    ? GtidSet.empty()
                    : GtidSet.parse(control.query("SELECT @@GLOBAL.gtid_executed").text(0, 0).replace("\n", ""));
            QueryResult status = control.query(control.version().showBinlogStatus());
            return new Moment(executed, new BinlogCoordinates(status.text(0, "File"), Long.parseLong(status.text(0, "Position"))));
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    @Override
    public LeaderLoad load() throws SnapshotException {
        if (System.nanoTime() - controlAsked > KEEP_ALIVE.toNanos()) {
            controlAsked = System.nanoTime();
            try {
                control.query("SELECT 1"); // Networks drop what is idle, and with it what keeps DDL away.
            } catch (IOException e) {
                throw SourceErrors.of(endpoint, e);
            }
        }
        return load.read();
    }

    @Override
    public List<Finding> unseen() throws SnapshotException {
        try {
            return new Unseen(control, endpoint.user(), config.schemas()).findings();
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    @Override
    public Catalog catalog() throws SnapshotException {
        try (ServerConnection connection = ServerConnection.open(endpoint)) {
            return new CatalogReader(connection, config.schemas(), config.users()).read();
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    @Override
    public List<String> preparedXa() throws SnapshotException {
        try {
            QueryResult prepared = control.query("XA RECOVER");
            List<String> xids = new ArrayList<>();
            for (int i = 0; i < prepared.rows().size(); i++) {
                xids.add(prepared.text(i, "data"));
            }
            return xids;
        } catch (ServerErrorException e) {
            return List.of(); // Without XA_RECOVER_ADMIN nobody can tell; preflight says so.
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    @Override
    public boolean viewsAreExact() {
        return control.version().mariaDb();
    }

    @Override
    public boolean commitsInLogOrder() throws SnapshotException {
        try {
            return control.version().mariaDb() || control.query("SELECT @@global.binlog_order_commits").text(0, 0).equals("1");
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    @Override
    public List<SnapshotView> open(int views, Opening opening, Catalog catalog) throws SnapshotException {
        List<ServerConnection> connections = new ArrayList<>();
        releaseTables();
        try {
            prepare(views, connections);
            before(opening, catalog.keyless());
            try {
                tableLocks.lockToRead(catalog.nonTransactional());
                return control.version().mariaDb() ? openOneByOne(connections) : openAtOnce(connections);
            } finally {
                after(opening);
            }
        } catch (IOException e) {
            connections.forEach(ServerConnection::close);
            throw SourceErrors.of(endpoint, e);
        } catch (SnapshotException e) {
            connections.forEach(ServerConnection::close);
            throw e;
        }
    }

    private void prepare(int views, List<ServerConnection> connections) throws IOException {
        for (int i = 0; i < views; i++) {
            ServerConnection kept = takeIdle();
            connections.add(kept == null ? connect() : kept);
        }
    }

    private @Nullable ServerConnection takeIdle() {
        synchronized (idle) {
            return idle.poll();
        }
    }

    /** Values travel as they are stored; times are in UTC; no statement mode hides anything. */
    private ServerConnection connect() throws IOException {
        ServerConnection connection = ServerConnection.open(endpoint);
        connection.allowMultiStatements();
        connection.execute("SET NAMES utf8mb4");
        connection.execute(
                "SET SESSION character_set_results = NULL, time_zone = '+00:00', sql_mode = 'ALLOW_INVALID_DATES', sql_select_limit = " + EVERY_ROW
                        + ", wait_timeout = " + LONGEST_IDLE_SECONDS + ", net_write_timeout = 600, lock_wait_timeout = " + LOCK_SECONDS);
        connection.execute("SET SESSION " + (connection.version().mariaDb() ? "max_statement_time = 0" : "max_execution_time = 0"));
        connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        return connection;
    }

    private void before(Opening opening, List<TableDefinition> keyless) throws IOException, SnapshotException {
        switch (opening) {
            case PLAIN -> {
            }
            case KEYLESS_TABLES_LOCKED -> keylessLocks.lockToWrite(keyless, 1);
            case BINLOG_FLUSHED -> control.send("FLUSH NO_WRITE_TO_BINLOG BINARY LOGS");
            case GLOBAL_LOCK -> {
                refuseLongQueries();
                control.execute("SET SESSION lock_wait_timeout = 1");
                control.execute("FLUSH TABLES WITH READ LOCK");
            }
        }
    }

    private void refuseLongQueries() throws IOException, SnapshotException {
        if (!new Grants(control.query(Grants.QUERY).column(0)).has("PROCESS")) {
            throw new SnapshotException.Refused("The account " + endpoint.user()
                    + " lacks PROCESS, without which it does not see the long queries that"
                    + " FLUSH TABLES WITH READ LOCK would wait for, and everybody else behind it: " + Grants.statement("PROCESS", endpoint.user()),
                    null);
        }
        QueryResult longest = control.query("SELECT MAX(TIME) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Query' AND ID <> CONNECTION_ID()");
        String seconds = longest.text(0, 0);
        if (!seconds.isEmpty() && Long.parseLong(seconds) > LONG_QUERY_SECONDS) {
            throw new SnapshotException.Busy("a query has run on the leader for " + seconds + " s: FLUSH TABLES WITH READ LOCK would wait for it"
                    + " and everybody else behind it", null);
        }
    }

    private void after(Opening opening) throws IOException {
        switch (opening) {
            case PLAIN -> {
            }
            case BINLOG_FLUSHED -> control.receive();
            case KEYLESS_TABLES_LOCKED -> keylessLocks.release();
            case GLOBAL_LOCK -> {
                control.execute("UNLOCK TABLES");
                control.execute("SET SESSION lock_wait_timeout = " + LOCK_SECONDS);
            }
        }
    }

    /** One thread writes every packet before it reads the first answer, so that the views lie as close together as can be. */
    private List<SnapshotView> openAtOnce(List<ServerConnection> connections) throws IOException {
        String pause = STRETCH_MILLIS == 0 ? "" : "SELECT SLEEP(RAND() * " + STRETCH_MILLIS + " / 1000) INTO @stretched; ";
        String opening = "SELECT @@GLOBAL.gtid_executed; " + pause + "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY; " + pause
                + control.version().showBinlogStatus();
        for (ServerConnection connection : connections) {
            connection.send(opening);
        }
        List<SnapshotView> views = new ArrayList<>();
        for (ServerConnection connection : connections) {
            List<QueryResult> results = connection.receive();
            views.add(view(connection, GtidSet.parse(results.get(0).text(0, 0).replace("\n", "")),
                    new BinlogCoordinates(results.getLast().text(0, "File"), Long.parseLong(results.getLast().text(0, "Position")))));
        }
        for (ServerConnection connection : connections) {
            failIfIgnored(connection);
        }
        return views;
    }

    private static void failIfIgnored(ServerConnection connection) throws IOException {
        String level = connection.query("SELECT @@session.transaction_isolation").text(0, 0);
        if (!level.equals("REPEATABLE-READ")) {
            throw new IOException("the leader ignored WITH CONSISTENT SNAPSHOT: the isolation level is " + level);
        }
    }

    /** MariaDB keeps a view's exact coordinates in status variables that are wrong if two sessions ask at once. */
    private List<SnapshotView> openOneByOne(List<ServerConnection> connections) throws IOException {
        List<SnapshotView> views = new ArrayList<>();
        for (ServerConnection connection : connections) {
            connection.send("START TRANSACTION WITH CONSISTENT SNAPSHOT; SHOW STATUS LIKE 'binlog\\_snapshot\\_%'");
            QueryResult status = connection.receive().get(1);
            String file = "";
            long position = 0;
            for (int i = 0; i < status.rows().size(); i++) {
                switch (status.text(i, 0).toLowerCase(Locale.ROOT)) {
                    case "binlog_snapshot_file" -> file = status.text(i, 1);
                    case "binlog_snapshot_position" -> position = Long.parseLong(status.text(i, 1));
                    default -> {
                    }
                }
            }
            views.add(view(connection, GtidSet.empty(), new BinlogCoordinates(file, position)));
        }
        return views;
    }

    private SnapshotView view(ServerConnection connection, GtidSet before, BinlogCoordinates after) {
        return new MySqlSnapshotView(endpoint, connection, before, after, this::giveBack);
    }

    private void giveBack(ServerConnection connection) {
        try {
            connection.execute("COMMIT");
            synchronized (idle) {
                idle.add(connection);
            }
        } catch (IOException | RuntimeException e) {
            connection.close();
        }
    }

    @Override
    public void releaseTables() throws SnapshotException {
        try {
            tableLocks.release();
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    @Override
    public void close() {
        tableLocks.close();
        keylessLocks.close();
        load.close();
        control.close();
        synchronized (idle) {
            idle.forEach(ServerConnection::close);
        }
    }
}
