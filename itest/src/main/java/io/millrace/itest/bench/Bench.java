package io.millrace.itest.bench;

import io.millrace.itest.server.Coordinates;
import io.millrace.itest.server.DatabaseServer;
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
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code itest/bin/bench}. */
@Command(name = "bench", mixinStandardHelpOptions = true, description = {
        "Measures Millrace beside the tools that a DBA would otherwise use, in one run against the same MySQL 9.7 servers.",
        "A ratio above 1 means that Millrace is faster. Process start is counted on both sides."})
public final class Bench implements Callable<Integer> {
    private static final PrintStream OUT = System.out;
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final int ROWS = 100_000;

    @Option(names = "--transactions", defaultValue = "200000", description = "One-row transactions in the backlog (default: ${DEFAULT-VALUE}).")
    private int transactions;

    @Option(names = "--megabytes", defaultValue = "256", description = "Size of the schema to copy, in MiB (default: ${DEFAULT-VALUE}).")
    private int megabytes;

    /** Runs the benchmarks and exits. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        OUT.printf(Locale.ROOT, "machine: %d processors, %d MiB heap for this program, %s %s, Java %s%n", Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory() >> 20, System.getProperty("os.name"), System.getProperty("os.version"), Runtime.version());
        OUT.printf("%-44s %10s %10s %8s%n", "WORK", "PEER S", "MILLRACE S", "RATIO");
        copy();
        backlog();
        return 0;
    }

    private static void row(String work, double peer, double ours) {
        OUT.printf(Locale.ROOT, "%-44s %10.1f %10.1f %8.2f%n", work, peer, ours, peer / ours);
        OUT.flush();
    }

    private void copy() throws Exception {
        try (DatabaseServer leader = start(1); DatabaseServer byTool = start(2); DatabaseServer byMillrace = start(3)) {
            leader.execute("CREATE DATABASE copy",
                    "CREATE TABLE copy.t (id INT AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, c CHAR(120), pad CHAR(60), KEY (k))",
                    "INSERT INTO copy.t (k, c, pad) SELECT RAND() * 1000000, REPEAT(MD5(RAND()), 3), MD5(RAND()) FROM information_schema.COLLATIONS a,"
                            + " information_schema.COLLATIONS b LIMIT 40000");
            for (long size = 40_000; size * 200 < (long) megabytes << 20; size *= 2) {
                leader.execute("INSERT INTO copy.t (k, c, pad) SELECT RAND() * 1000000, REPEAT(MD5(RAND()), 3), MD5(RAND()) FROM copy.t");
            }
            leader.execute("ANALYZE TABLE copy.t");
            double dump = seconds(() -> dumpAndLoad(leader, byTool));
            double ours;
            try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", byMillrace)))) {
                ours = seconds(() -> {
                    millrace.start();
                    millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
                });
            }
            requireEqual(leader, byMillrace);
            row("snapshot + seed, mysqldump | mysql, " + megabytes + " MiB", dump, ours);
        }
    }

    private static void dumpAndLoad(DatabaseServer from, DatabaseServer to) throws IOException {
        String account = " --user=" + DatabaseServer.ADMIN + " --password=" + DatabaseServer.PASSWORD + " --host=127.0.0.1 --get-server-public-key ";
        String dump = String.join(" ", from.installation().program("mysqldump"))
                + " --no-defaults --single-transaction --source-data=2 --databases copy"
                + account + "--port=" + from.port();
        String load = String.join(" ", to.installation().program("mysql")) + " --no-defaults" + account + "--port=" + to.port();
        Programs.run(
                List.of("bash", "-o", "pipefail", "-c", dump.replace(" --source-data=2", " --source-data=2 --set-gtid-purged=OFF") + " 2>/dev/null | "
                        + load));
    }

    private void backlog() throws Exception {
        try (DatabaseServer leader = start(1);
                DatabaseServer replica = start(2, "--replica-parallel-workers=4");
                DatabaseServer follower = start(3)) {
            leader.execute("CREATE DATABASE sb", "CREATE TABLE sb.t (id INT PRIMARY KEY, k INT NOT NULL, c CHAR(120), KEY (k))",
                    "INSERT INTO sb.t SELECT n, n, REPEAT('x', 100) FROM (WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 1000)"
                            + " SELECT a.n + (b.n - 1) * 1000 AS n FROM s a, s b WHERE b.n <= " + ROWS / 1000 + ") numbers");
            try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
                millrace.start();
                millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
                startNativeReplica(leader, replica);
                awaitReplica(leader, replica);
                replica.execute("STOP REPLICA");
                millrace.stop(Duration.ofSeconds(10));
                write(leader);
                relay(leader);
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
                row("catch-up, native replica with 4 workers, " + transactions / 1000 + "k tx", theirs, ours);
            }
        }
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

    private void write(DatabaseServer leader) throws SQLException, InterruptedException {
        int writers = 8;
        leader.execute("CREATE PROCEDURE sb.load_rows(seed INT, n INT) BEGIN DECLARE i INT DEFAULT 0; WHILE i < n DO"
                + " UPDATE sb.t SET k = k + 1, c = REPEAT(CHAR(97 + i % 26), 100) WHERE id = 1 + (seed * 7919 + i * 31) % " + ROWS
                + "; SET i = i + 1; END WHILE; END");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            String call = "CALL sb.load_rows(" + i + ", " + transactions / writers + ")";
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
    }

    private static void relay(DatabaseServer leader) throws Exception {
        Path folder = Files.createTempDirectory("millrace-bench-");
        String file = Coordinates.end(leader).split(":", 2)[0];
        List<String> command = new ArrayList<>(leader.installation().program("mysqlbinlog"));
        command.addAll(List.of("--no-defaults", "--read-from-remote-server", "--raw", "--host=127.0.0.1", "--port=" + leader.port(),
                "--user=" + DatabaseServer.ADMIN, "--password=" + DatabaseServer.PASSWORD, "--get-server-public-key", "--result-file=" + folder + "/",
                file));
        double theirs = seconds(() -> Programs.run(command));
        long bytes = Files.size(folder.resolve(file));
        Files.delete(folder.resolve(file));
        Files.delete(folder);
        String end = Coordinates.end(leader);
        double ours;
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of())) {
            ours = seconds(() -> {
                millrace.start();
                while (millrace.status().map(channel -> channel.getJsonObject("receiver").getString("durable", "none.000000:4"))
                        .filter(durable -> Coordinates.compare(durable, end) >= 0).isEmpty()) {
                    Thread.sleep(5);
                }
            });
        }
        row("relay, mysqlbinlog --raw, " + (bytes >> 20) + " MiB of small events", theirs, ours);
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

    private interface Work {
        void run() throws Exception;
    }

    private static double seconds(Work work) throws Exception {
        long began = System.nanoTime();
        work.run();
        return (System.nanoTime() - began) / 1e9;
    }
}
