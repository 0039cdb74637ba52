package io.millrace.itest.bench;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.Programs;
import io.millrace.itest.server.ServerKind;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What Millrace itself takes of a machine: heap after a collection, the most memory that it ever held, and CPU. One thread. */
final class MemoryBench {
    private static final PrintStream OUT = System.out;
    private static final int TRANSACTIONS = 400;
    private static final Duration APART = Duration.ofMillis(50);

    private final String[] javaOptions;

    MemoryBench(String[] javaOptions) {
        this.javaOptions = javaOptions;
        OUT.println(" HEAP   MOST MEMORY  CPU OF ONE CORE  MILLRACE WITH (heap in MiB after a collection; at most 256)");
    }

    /** Live followers of small servers, with twenty transactions a second. */
    void followers(int count) throws Exception {
        List<DatabaseServer> followers = new ArrayList<>();
        Bench.tell("starting " + count + (count == 1 ? " follower" : " followers"));
        try (DatabaseServer leader = small(1)) {
            List<MillraceNode.FollowerEntry> entries = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                followers.add(small(i + 2));
                entries.add(MillraceNode.FollowerEntry.of("copy" + i, followers.get(i), "loaders: 1"));
            }
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(100))");
            try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), entries, javaOptions)) {
                millrace.start();
                for (int i = 0; i < count; i++) {
                    millrace.await("copy" + i, status -> status.getString("state").equals("live"), Bench.PATIENCE);
                }
                Duration before = millrace.cpu();
                long began = System.nanoTime();
                trickle(leader);
                for (int i = 0; i < count; i++) {
                    millrace.awaitCaughtUp("copy" + i, leader, Bench.PATIENCE);
                }
                print(millrace, before, began, count + (count == 1 ? " live follower" : " live followers") + ", 20 transactions a second");
            }
        } finally {
            for (DatabaseServer follower : followers) {
                follower.close();
            }
        }
    }

    private static DatabaseServer small(int serverId) throws IOException {
        return DatabaseServer.start(ServerKind.MYSQL_57, serverId, "--performance-schema=OFF", "--innodb-buffer-pool-size=8M",
                "--innodb-log-file-size=4M", "--innodb-use-native-aio=0"); // A hundred are more than the kernel grants.
    }

    private static void trickle(DatabaseServer leader) throws Exception {
        try (Connection connection = leader.connect(); Statement statement = connection.createStatement()) {
            for (int i = 0; i < TRANSACTIONS; i++) {
                statement.execute("INSERT INTO d.t VALUES (" + i + ", REPEAT('v', 50))");
                Thread.sleep(APART);
            }
        }
    }

    /** One transaction that is many times larger than the heap. */
    void transaction(int megabytes) throws Exception {
        try (DatabaseServer leader = Bench.start(1);
                DatabaseServer follower = Bench.start(2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)),
                        javaOptions)) {
            leader.execute("CREATE DATABASE big", "CREATE TABLE big.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(4000))");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), Bench.PATIENCE);
            Duration before = millrace.cpu();
            long began = System.nanoTime();
            Bench.tell("writing " + megabytes + " MiB in one transaction");
            try (Connection connection = leader.connect(); Statement statement = connection.createStatement()) {
                statement.execute("USE big");
                connection.setAutoCommit(false);
                for (int i = 0; i < 4; i++) {
                    statement.execute("INSERT INTO big.t (v) SELECT REPEAT(SHA2(RAND(), 256), 60) FROM information_schema.COLLATIONS a,"
                            + " information_schema.COLLATIONS b, information_schema.COLLATIONS c LIMIT " + megabytes / 4 * 270);
                }
                connection.commit();
            }
            millrace.awaitCaughtUp("copy", leader, Bench.PATIENCE);
            print(millrace, before, began, "one transaction of " + megabytes + " MiB");
            Bench.requireEqual(leader, follower);
        }
    }

    private static void print(MillraceNode millrace, Duration cpuBefore, long began, String title) throws IOException {
        double seconds = (System.nanoTime() - began) / 1e9;
        double cpu = millrace.cpu().minus(cpuBefore).toMillis() / 1e3;
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Programs.run(List.of(jcmd, Long.toString(millrace.pid()), "GC.run"));
        long heap = Programs.run(List.of(jcmd, Long.toString(millrace.pid()), "GC.heap_info")).lines()
                .filter(line -> line.contains("total ") && line.contains("used ")).mapToLong(line -> kibibytes(line.split("used ", 2)[1])).sum();
        long most = Files.readAllLines(Path.of("/proc/" + millrace.pid() + "/status")).stream().filter(line -> line.startsWith("VmHWM"))
                .mapToLong(line -> kibibytes(line.split(":", 2)[1].strip())).sum();
        OUT.printf(Locale.ROOT, "%5d   %7d MiB  %13.1f %%  %s (%.0f s)%n", heap >> 10, most >> 10, 100 * cpu / seconds, title, seconds);
    }

    private static long kibibytes(String text) {
        return Long.parseLong(text.replaceFirst("^\\D*(\\d+).*$", "$1"));
    }
}
