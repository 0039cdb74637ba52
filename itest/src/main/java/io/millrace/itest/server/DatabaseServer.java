package io.millrace.itest.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A real server in a temporary folder on a free loopback port. It can be killed and started again on its data. One thread. */
public final class DatabaseServer implements AutoCloseable {
    /** An account that may do everything. */
    public static final String ADMIN = "admin";
    /** The password of every account. */
    public static final String PASSWORD = "secret-1";
    /** An account with just what Millrace needs on a leader. */
    public static final String REPLICATION = "millrace";
    private static final Duration START_PATIENCE = Duration.ofSeconds(90);

    /** As mariadb-install-db does, which runs a shell with the libraries of another system. */
    private static final String BOOTSTRAP = "(printf '%s\\n' 'create database mysql;' 'use mysql;' 'set @auth_root_socket=NULL;'; cat \"$SHARE\"/*_system_tables.sql"
            + " \"$SHARE\"/*_system_tables_data.sql \"$SHARE\"/*_performance_tables.sql \"$SHARE\"/maria_add_gis_sp_bootstrap.sql"
            + " \"$SHARE\"/*_sys_schema.sql)";

    private final ServerKind kind;
    private final Installation installation;
    private final Path folder;
    private final int serverId;
    private final List<String> options;
    private final int port;
    private @Nullable Process process;

    /** What nobody looks at takes a third of the time of a start. */
    private static final List<String> SMALL_HISTORY = Stream.of("digests-size=100", "events-statements-history-long-size=10",
            "events-waits-history-long-size=10", "events-stages-history-long-size=10", "events-transactions-history-long-size=10")
            .map("--performance-schema-"::concat).toList();

    private DatabaseServer(Installation installation, Path folder, int serverId, List<String> options) throws IOException {
        this.kind = installation.kind();
        this.installation = installation;
        this.folder = folder;
        this.serverId = serverId;
        this.options = List.copyOf(options);
        this.port = freePort();
    }

    /** Options of a server that flushes everything at each commit, as most users' do; others here need not outlive the machine. */
    public static final List<String> DURABLE = List.of("--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1");

    /** Starts a new server with an empty data folder. */
    public static DatabaseServer start(ServerKind kind, int serverId, String... options) throws IOException {
        Installation installation = Installation.of(kind);
        Path folder = Files.createTempDirectory("millrace-" + kind.folder() + "-" + serverId + "-");
        DatabaseServer server = new DatabaseServer(installation, folder, serverId, List.of(options));
        Installation.copy(Installation.locked(() -> template(installation)), folder.resolve("data"));
        try {
            server.start();
        } catch (IOException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** An initialised data folder, made once for each build of a server. */
    private static Path template(Installation installation) throws IOException {
        Path template = Installation.cache().resolve("template-" + installation.kind().folder());
        if (Files.exists(template.resolve("complete"))) {
            return template.resolve("data");
        }
        delete(template);
        Files.createDirectories(template);
        Path data = template.resolve("data");
        List<String> command = new ArrayList<>(installation.server());
        if (installation.kind().isMariaDb()) {
            Files.createDirectories(data);
            command.addAll(List.of("--bootstrap", "--user=root", "--datadir=" + data, "--log-warnings=0", "--enforce-storage-engine=",
                    "--max-allowed-packet=8M"));
            Programs.run(List.of("bash", "-o", "pipefail", "-c", BOOTSTRAP + " | " + String.join(" ", command)),
                    Map.of("SHARE", installation.share().toString()));
        } else {
            command.addAll(List.of("--initialize-insecure", "--user=root", "--datadir=" + data, "--log-error=" + template.resolve("init.log")));
            Programs.run(command);
        }
        Files.deleteIfExists(data.resolve("auto.cnf"));
        Files.createFile(template.resolve("complete"));
        return data;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Starts the server on its data, and waits until it answers. */
    public void start() throws IOException {
        Path init = folder.resolve("init.sql");
        Path temporary = Files.createDirectories(folder.resolve("tmp")); // A server that starts deletes others' tables in a shared one.
        Files.writeString(init, String.join("\n", accounts()) + "\n", StandardCharsets.UTF_8);
        List<String> command = new ArrayList<>(installation.server());
        command.addAll(List.of("--user=root", "--datadir=" + folder.resolve("data"), "--socket=" + folder.resolve("s"), "--port=" + port,
                "--bind-address=127.0.0.1", "--pid-file=" + folder.resolve("pid"), "--log-error=" + folder.resolve("error.log"),
                "--server-id=" + serverId, "--tmpdir=" + temporary, "--log-bin=binlog", "--binlog-format=ROW", "--init-file=" + init,
                "--innodb-buffer-pool-size=128M",
                "--max-connections=400", "--sync-binlog=0", "--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync", "--local-infile=ON",
                "--secure-file-priv="));
        switch (kind) {
            case MYSQL_80, MYSQL_97 -> {
                command.addAll(List.of("--mysqlx=OFF", "--gtid-mode=ON", "--enforce-gtid-consistency=ON"));
                command.addAll(SMALL_HISTORY);
            }
            case MYSQL_57 -> command.addAll(List.of("--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--log-slave-updates"));
            case MARIADB_1011, MARIADB_118 -> command.add("--log-slave-updates");
        }
        command.addAll(options);
        process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("output.log").toFile()).start();
        awaitAnswer();
    }

    private List<String> accounts() {
        List<String> statements = new ArrayList<>(List.of("SET SESSION sql_log_bin = 0;"));
        statements.add("CREATE USER IF NOT EXISTS '" + ADMIN + "'@'%' IDENTIFIED BY '" + PASSWORD + "';");
        statements.add("GRANT ALL ON *.* TO '" + ADMIN + "'@'%' WITH GRANT OPTION;");
        statements.add("CREATE USER IF NOT EXISTS '" + REPLICATION + "'@'%' IDENTIFIED BY '" + PASSWORD + "';");
        statements.add("GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT, SHOW VIEW, TRIGGER, EVENT, RELOAD, LOCK TABLES, PROCESS ON *.* TO '"
                + REPLICATION
                + "'@'%';");
        if (kind == ServerKind.MYSQL_80 || kind == ServerKind.MYSQL_97) {
            statements.add("GRANT BACKUP_ADMIN, XA_RECOVER_ADMIN ON *.* TO '" + REPLICATION + "'@'%';");
        }
        if (kind == ServerKind.MYSQL_97) {
            statements.add("GRANT SHOW_ROUTINE ON *.* TO '" + REPLICATION + "'@'%';");
        }
        return statements;
    }

    private void awaitAnswer() throws IOException {
        long deadline = System.nanoTime() + START_PATIENCE.toNanos();
        while (true) {
            try (Connection connection = connect()) {
                if (connection.isValid(1)) {
                    return;
                }
                failIfOver(deadline, null);
            } catch (SQLException e) {
                failIfOver(deadline, e);
            }
            pause();
        }
    }

    private void failIfOver(long deadline, @Nullable SQLException e) throws IOException {
        Process running = process;
        if (running == null || !running.isAlive() || System.nanoTime() > deadline) {
            throw new IOException(kind + " did not start: " + log() + (e == null ? "" : ": " + e.getMessage()), e);
        }
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The end of the server's own log. */
    public String log() throws IOException {
        String text = "";
        for (String name : List.of("error.log", "output.log")) {
            if (Files.exists(folder.resolve(name))) {
                text += Files.readString(folder.resolve(name), StandardCharsets.ISO_8859_1);
            }
        }
        return text.substring(Math.max(0, text.length() - 3000));
    }

    /** A connection of the account that may do everything. */
    public Connection connect() throws SQLException {
        return connect(ADMIN);
    }

    /** A connection of another of the accounts that every server has. */
    public Connection connect(String user) throws SQLException {
        return DriverManager.getConnection(url(), user, PASSWORD);
    }

    private String url() {
        return "jdbc:mysql://127.0.0.1:" + port + "/?allowPublicKeyRetrieval=true&sslMode=DISABLED&allowMultiQueries=true&connectTimeout=5000"
                + "&characterEncoding=UTF-8&connectionTimeZone=UTC&forceConnectionTimeZoneToSession=true";
    }

    /** Runs statements one after the other. */
    public void execute(String... statements) throws SQLException {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The first column of the first row; "" for NULL and for no row. */
    public String value(String sql) throws SQLException {
        try (Connection connection = connect(); Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
            String value = row.next() ? row.getString(1) : null;
            return value == null ? "" : value;
        }
    }

    /** Waits until a query gives a value; until then it may also fail. */
    public void await(String sql, String wanted, Duration patience) throws InterruptedException, IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        String last = "";
        while (!last.equals(wanted)) {
            if (System.nanoTime() > deadline) {
                throw new IOException(sql + " gives " + last + " and not " + wanted);
            }
            Thread.sleep(25);
            try {
                last = value(sql);
            } catch (SQLException e) {
                last = String.valueOf(e.getMessage());
            }
        }
    }

    public ServerKind kind() {
        return kind;
    }

    public int port() {
        return port;
    }

    /** The folder with the server's data and binlogs. */
    public Path data() {
        return folder.resolve("data");
    }

    /** The size of all binlog files. */
    public long binlogBytes() throws IOException {
        try (Stream<Path> files = Files.list(data())) {
            return files.filter(file -> String.valueOf(file.getFileName()).matches("binlog\\.\\d+")).mapToLong(file -> file.toFile().length()).sum();
        }
    }

    public Installation installation() {
        return installation;
    }

    /** The processor time that the running server has used. */
    public Duration cpu() {
        Process running = process;
        return running == null ? Duration.ZERO : running.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    public boolean isRunning() {
        Process running = process;
        return running != null && running.isAlive();
    }

    /** Waits until the server has ended by itself. */
    public void awaitEnd(Duration patience) throws InterruptedException, IOException {
        Process running = process;
        if (running != null && !running.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException(kind + " still runs: " + log());
        }
    }

    /** Ends the server at once, as a power cut would. */
    public void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            awaitExit(running);
        }
    }

    /** Lets the server shut down in order. */
    public void shutDown() {
        Process running = process;
        if (running != null) {
            running.destroy();
            awaitExit(running);
        }
    }

    private static void awaitExit(Process running) {
        boolean interrupted = false;
        while (running.isAlive()) {
            try {
                running.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Kills the server and deletes its folder. */
    @Override
    public void close() throws IOException {
        kill();
        delete(folder);
    }

    /** Deletes a folder and everything in it. */
    public static void delete(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> files = Files.walk(tree)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
