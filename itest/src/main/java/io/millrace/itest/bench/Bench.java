package io.millrace.itest.bench;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.Coordinates;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.Installation;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.Programs;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code itest/bin/bench}. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = {
        "Measures Millrace beside the tools that a DBA would otherwise use, in one run against the same MySQL 9.7 servers.",
        "A ratio above 1 means that Millrace is faster. Process start is counted on both sides, but for SERVE and LATENCY, which warm both up first."})
public final class Bench implements Callable<Integer> {
    private static final PrintStream OUT = System.out;
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final int ROWS = 100_000;
    private static final int TABLES = 4;
    private static final int WRITERS = 8;
    private static final int BYTES_A_TRANSACTION = 590;
    private static final int BYTES_A_ROW = 200;

    @Option(names = "--transactions", defaultValue = "200000", paramLabel = "N", description = "One-row transactions in the backlog (default: ${DEFAULT-VALUE}).")
    private int transactions;

    @Option(names = "--megabytes", defaultValue = "1024", paramLabel = "N", description = "Size of the schema to copy, in MiB (default: ${DEFAULT-VALUE}).")
    private int megabytes;

    @Option(names = "--relay-megabytes", defaultValue = "500", paramLabel = "N", description = "Size of the backlog that is relayed, in MiB (default: ${DEFAULT-VALUE}).")
    private int relayMegabytes;

    @Option(names = "--serve-megabytes", defaultValue = "200", paramLabel = "N", description = "Size of the file that is served, in MiB (default: ${DEFAULT-VALUE}).")
    private int serveMegabytes;

    @Option(names = "--only", split = ",", paramLabel = "WORK", description = "Only these of: ${COMPLETION-CANDIDATES}.")
    private Set<Work> only = EnumSet.allOf(Work.class);

    private String[] javaOptions = {};

    /** What can be measured. */
    enum Work {
        /** Snapshot and seed of one follower. */
        COPY,
        /** The leader's backlog into a relay log. */
        RELAY,
        /** A backlog of small transactions from the leader into a follower. */
        CATCHUP,
        /** Replicas and other dump clients at Millrace, beside the same at the leader. */
        SERVE,
        /** From a commit at the leader to its arrival at a live client, through Millrace and directly. */
        LATENCY
    }

    /** Runs the benchmarks and exits. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).setCaseInsensitiveEnumValuesAllowed(true).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        OUT.printf(Locale.ROOT, "machine: %d processors, %s %s, Java %s; MySQL 9.7, sync_binlog=1, innodb_flush_log_at_trx_commit=1%n",
                Runtime.getRuntime().availableProcessors(), System.getProperty("os.name"), System.getProperty("os.version"), Runtime.version());
        Path archive = Files.createTempFile("millrace-bench-", ".jsa");
        Files.delete(archive);
        javaOptions = new String[]{"-Xmx256m", "-XX:+UseSerialGC", "-XX:+AutoCreateSharedArchive", "-XX:SharedArchiveFile=" + archive,
                "-Xlog:disable"};
        try {
            makeArchive();
            measure();
        } finally {
            Files.deleteIfExists(archive);
        }
        return 0;
    }

    /** The launcher keeps one too, so only the first start of all is slower. */
    private void makeArchive() throws Exception {
        try (DatabaseServer leader = start(1);
                DatabaseServer follower = start(2);
                MillraceNode millrace = node(leader, MillraceNode.FollowerEntry.of("copy", follower))) {
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.stop(Duration.ofSeconds(30));
        }
    }

    private MillraceNode node(DatabaseServer leader, MillraceNode.FollowerEntry... followers) throws IOException {
        return new MillraceNode(leader.port(), List.of(), List.of(followers), javaOptions);
    }

    private void measure() throws Exception {
        OUT.printf("%-64s %10s %10s %8s%n", "WORK", "PEER S", "MILLRACE S", "RATIO");
        if (only.contains(Work.COPY)) {
            copy();
        }
        if (only.contains(Work.RELAY)) {
            relay();
        }
        if (only.contains(Work.CATCHUP)) {
            catchUp();
        }
        if (only.contains(Work.SERVE) || only.contains(Work.LATENCY)) {
            serve();
        }
    }

    static void row(String work, double peer, double ours) {
        OUT.printf(Locale.ROOT, "%-64s %10.1f %10.1f %8.2f%n", work, peer, ours, peer / ours);
        OUT.flush();
    }

    private void copy() throws Exception {
        try (DatabaseServer leader = start(1);
                DatabaseServer byDump = start(2);
                DatabaseServer byLoader = start(3);
                DatabaseServer byMillrace = start(4)) {
            fill(leader);
            double dump = seconds(() -> dumpAndLoad(leader, byDump));
            byDump.kill();
            double loader = seconds(() -> mydumperAndMyloader(leader, byLoader));
            requireEqual(leader, byLoader);
            byLoader.kill();
            double ours;
            try (MillraceNode millrace = node(leader, MillraceNode.FollowerEntry.of("copy", byMillrace, "binlog: skip"))) {
                ours = seconds(() -> {
                    millrace.start();
                    millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
                });
            }
            requireEqual(leader, byMillrace);
            row("snapshot + seed, mysqldump | mysql, " + megabytes + " MiB", dump, ours);
            row("snapshot + seed, mydumper and myloader, 4 threads, " + megabytes + " MiB", loader, ours);
        }
    }

    private void fill(DatabaseServer leader) throws SQLException {
        leader.execute("SET GLOBAL sync_binlog = 0, GLOBAL innodb_flush_log_at_trx_commit = 2", "CREATE DATABASE copy");
        for (int table = 0; table < TABLES; table++) {
            String name = "copy.t" + table;
            leader.execute("USE copy",
                    "CREATE TABLE " + name
                            + " (id INT AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL, pad CHAR(60) NOT NULL, KEY (k))",
                    "INSERT INTO " + name + " (k, c, pad) WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 1000)"
                            + " SELECT RAND() * 1000000, CONCAT(SHA2(RAND(), 256), SHA2(RAND(), 224)), LEFT(SHA2(RAND(), 256), 60) FROM s");
            for (long size = 1000; size * BYTES_A_ROW * TABLES < (long) megabytes << 20; size *= 2) {
                leader.execute("INSERT INTO " + name
                        + " (k, c, pad) SELECT RAND() * 1000000, CONCAT(SHA2(RAND(), 256), SHA2(RAND(), 224)), LEFT(SHA2(RAND(), 256), 60) FROM "
                        + name + " LIMIT "
                        + ((((long) megabytes << 20) / BYTES_A_ROW / TABLES) - size));
            }
            leader.execute("ANALYZE TABLE " + name);
        }
        leader.execute("SET GLOBAL sync_binlog = 1, GLOBAL innodb_flush_log_at_trx_commit = 1");
    }

    private static void dumpAndLoad(DatabaseServer from, DatabaseServer to) throws IOException {
        String account = " --user=" + DatabaseServer.ADMIN + " --password=" + DatabaseServer.PASSWORD + " --host=127.0.0.1 --get-server-public-key ";
        String dump = String.join(" ", from.installation().program("mysqldump"))
                + " --no-defaults --single-transaction --source-data=2 --set-gtid-purged=OFF --databases copy" + account + "--port=" + from.port();
        String load = String.join(" ", to.installation().program("mysql")) + " --no-defaults" + account + "--port=" + to.port();
        Programs.run(List.of("bash", "-o", "pipefail", "-c", dump + " 2>/dev/null | " + load));
    }

    private static void mydumperAndMyloader(DatabaseServer from, DatabaseServer to) throws IOException {
        Path folder = Files.createTempDirectory("millrace-bench-");
        Path dump = folder.resolve("dump");
        for (String program : List.of("mydumper --database=copy --outputdir=" + dump + " --port=" + from.port(),
                "myloader --overwrite-tables --directory=" + dump + " --port=" + to.port())) {
            String[] words = program.split(" ", -1);
            List<String> command = new ArrayList<>(Installation.tool("mydumper", words[0]));
            command.addAll(List.of(words).subList(1, words.length));
            command.addAll(List.of("--threads=4", "--host=127.0.0.1", "--user=" + DatabaseServer.ADMIN, "--password=" + DatabaseServer.PASSWORD));
            Programs.run(command, Installation.toolEnvironment("mydumper"));
        }
        DatabaseServer.delete(folder);
    }

    private void catchUp() throws Exception {
        try (DatabaseServer leader = start(1);
                DatabaseServer replica = start(2, "--replica-parallel-workers=4");
                DatabaseServer follower = start(3);
                MillraceNode millrace = node(leader, MillraceNode.FollowerEntry.of("copy", follower))) {
            smallRows(leader);
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            startNativeReplica(leader, replica);
            awaitReplica(leader, replica);
            replica.execute("STOP REPLICA");
            millrace.stop(Duration.ofSeconds(10));
            write(leader, transactions);
            double theirs = seconds(() -> {
                replica.execute("START REPLICA");
                awaitReplica(leader, replica);
            });
            replica.execute("STOP REPLICA");
            double ours = seconds(() -> {
                millrace.start();
                millrace.awaitCaughtUp("copy", leader, PATIENCE);
            });
            requireEqual(leader, follower);
            row("catch-up, native replica with 4 workers, " + transactions / 1000 + "k transactions", theirs, ours);
        }
    }

    private static void smallRows(DatabaseServer leader) throws SQLException {
        leader.execute("CREATE DATABASE sb", "USE sb", "CREATE TABLE sb.t (id INT PRIMARY KEY, k INT NOT NULL, c CHAR(120), KEY (k))",
                "INSERT INTO sb.t SELECT n, n, REPEAT('x', 100) FROM (WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 1000)"
                        + " SELECT a.n + (b.n - 1) * 1000 AS n FROM s a, s b WHERE b.n <= " + ROWS / 1000 + ") numbers",
                "CREATE PROCEDURE sb.load_rows(seed INT, n INT) BEGIN DECLARE i INT DEFAULT 0; WHILE i < n DO"
                        + " UPDATE sb.t SET k = k + 1, c = REPEAT(CHAR(97 + i % 26), 100) WHERE id = 1 + (seed * 7919 + i * 31) % " + ROWS
                        + "; SET i = i + 1; END WHILE; END");
    }

    private static void startNativeReplica(DatabaseServer leader, DatabaseServer replica) throws SQLException {
        replica.execute("CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = " + leader.port() + ", SOURCE_USER = '"
                + DatabaseServer.REPLICATION + "', SOURCE_PASSWORD = '" + DatabaseServer.PASSWORD
                + "', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1", "START REPLICA");
    }

    private static void awaitReplica(DatabaseServer leader, DatabaseServer replica) throws SQLException {
        String wanted = leader.value("SELECT @@global.gtid_executed").replace("\n", "");
        replica.value("SELECT WAIT_FOR_EXECUTED_GTID_SET('" + wanted + "', 1800)");
    }

    /** The speed of writing is not measured, so it need not be durable. */
    private static void write(DatabaseServer leader, long transactions) throws SQLException, InterruptedException {
        leader.execute("SET GLOBAL sync_binlog = 0, GLOBAL innodb_flush_log_at_trx_commit = 2");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            String call = "CALL sb.load_rows(" + i + ", " + transactions / WRITERS + ")";
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    leader.execute(call);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        leader.execute("SET GLOBAL sync_binlog = 1, GLOBAL innodb_flush_log_at_trx_commit = 1");
    }

    private void relay() throws Exception {
        try (DatabaseServer leader = start(1)) {
            smallRows(leader);
            leader.execute("FLUSH BINARY LOGS");
            write(leader, ((long) relayMegabytes << 20) / BYTES_A_TRANSACTION);
            Path folder = Files.createTempDirectory("millrace-bench-");
            String end = Coordinates.end(leader);
            List<String> command = new ArrayList<>(leader.installation().program("mysqlbinlog"));
            command.addAll(List.of("--no-defaults", "--read-from-remote-server", "--raw", "--host=127.0.0.1", "--port=" + leader.port(),
                    "--user=" + DatabaseServer.ADMIN, "--password=" + DatabaseServer.PASSWORD, "--get-server-public-key", "--ssl-mode=DISABLED",
                    "--result-file=" + folder + "/", end.split(":", 2)[0]));
            double theirs = seconds(() -> Programs.run(command));
            DatabaseServer.delete(folder);
            double ours;
            try (MillraceNode millrace = new MillraceNode(leader.port(), List.of("leader.tls: {mode: disabled}"), List.of(), javaOptions)) {
                ours = seconds(() -> {
                    millrace.start();
                    while (millrace.status().map(channel -> channel.getJsonObject("receiver").getString("durable", "none.000000:4"))
                            .filter(durable -> Coordinates.compare(durable, end) >= 0).isEmpty()) {
                        Thread.sleep(50);
                    }
                });
            }
            row("relay, mysqlbinlog --raw, " + (Long.parseLong(end.split(":", 2)[1]) >> 20) + " MiB of small events, no TLS", theirs, ours);
        }
    }

    private void serve() throws Exception {
        try (DatabaseServer leader = start(1);
                DatabaseServer replica = start(2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of())) {
            smallRows(leader);
            leader.execute("FLUSH BINARY LOGS");
            write(leader, ((long) serveMegabytes << 20) / BYTES_A_TRANSACTION);
            String file = Coordinates.end(leader).split(":", 2)[0];
            millrace.start().awaitServing(PATIENCE);
            millrace.awaitDurable(leader, PATIENCE);
            OUT.printf(Locale.ROOT, "a file of %d MiB of small events%n", leader.binlogBytes() >> 20);
            ServeBench bench = new ServeBench(leader, replica, millrace, BinlogCoordinates.headOf(file));
            bench.warmUp();
            if (only.contains(Work.SERVE)) {
                bench.replicas();
            }
            if (only.contains(Work.LATENCY)) {
                bench.latency();
            }
        }
    }

    private static DatabaseServer start(int serverId, String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(
                List.of("--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1", "--innodb-flush-method=O_DIRECT", "--innodb-buffer-pool-size=1G"));
        return DatabaseServer.start(ServerKind.MYSQL_97, serverId, all.toArray(new String[0]));
    }

    private static void requireEqual(DatabaseServer leader, DatabaseServer follower) throws SQLException {
        List<String> differences = TableContents.differences(leader, follower);
        if (!differences.isEmpty()) {
            throw new IllegalStateException("the follower differs, so the time means nothing: " + differences);
        }
    }

    interface Task {
        void run() throws Exception;
    }

    static double seconds(Task work) throws Exception {
        long began = System.nanoTime();
        work.run();
        return (System.nanoTime() - began) / 1e9;
    }
}
