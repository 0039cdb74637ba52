package io.millrace.itest.bench;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.Installation;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Snapshot and seed of a new follower, beside a dump and its load. One thread. */
final class CopyBench {
    private static final String INSTALL = "INSTALL PLUGIN clone SONAME 'mysql_clone.so'";
    private static final int TABLES = 4;
    private static final int BYTES_A_ROW = 200;

    private final DatabaseServer leader;
    private final int megabytes;
    private final boolean clones;
    private final boolean withoutRedoLog;
    private final String[] javaOptions;
    private int servers = 1;

    CopyBench(DatabaseServer leader, int megabytes, String seed, boolean withoutRedoLog, String[] javaOptions) {
        this.leader = leader;
        this.megabytes = megabytes;
        this.clones = seed.equals("clone");
        this.withoutRedoLog = withoutRedoLog;
        this.javaOptions = javaOptions;
    }

    void measure(int rounds) throws Exception {
        fill();
        if (clones) {
            leader.execute(INSTALL);
        }
        new Comparison((clones ? "clone of " : "snapshot + seed of ") + megabytes + " MiB" + (withoutRedoLog ? " without redo log" : ""), rounds,
                () -> intoNewServer(this::millrace))
                .against("mysqldump | mysql", () -> intoNewServer(to -> switched(this::dumpAndLoad, to)))
                .against("mydumper and myloader, 4 threads", () -> intoNewServer(to -> switched(this::mydumperAndMyloader, to))).measure();
    }

    private interface Copy {
        void into(DatabaseServer server) throws Exception;
    }

    private double intoNewServer(Copy copy) throws Exception {
        servers++;
        // As soon as a clone comes up it would run the leader's events, so that it is refused where they could.
        String[] options = clones ? new String[]{"--event-scheduler=OFF"} : new String[0];
        try (DatabaseServer server = Bench.start(servers, options)) {
            if (clones) {
                server.execute(INSTALL);
            }
            double seconds = Comparison.seconds(() -> copy.into(server));
            Bench.requireEqual(leader, server);
            return seconds;
        }
    }

    /** The tools do not switch the redo log themselves. */
    private void switched(Copy copy, DatabaseServer to) throws Exception {
        if (!withoutRedoLog) {
            copy.into(to);
            return;
        }
        to.execute("ALTER INSTANCE DISABLE INNODB REDO_LOG");
        copy.into(to);
        to.execute("ALTER INSTANCE ENABLE INNODB REDO_LOG");
    }

    private void millrace(DatabaseServer follower) throws Exception {
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(),
                List.of(MillraceNode.FollowerEntry.of("copy", follower, "binlog: skip", "seed: " + (clones ? "clone" : "snapshot"),
                        "loadWithoutRedoLog: " + withoutRedoLog)),
                javaOptions)) {
            millrace.start();
            if (clones) { // Nothing else looks after the server, which shuts down when it is a clone.
                follower.awaitEnd(Bench.PATIENCE);
                follower.start();
            }
            millrace.await("copy", status -> status.getString("state").equals("live"), Bench.PATIENCE);
        }
    }

    private void fill() throws SQLException, InterruptedException {
        Backlog.quickly(leader, () -> {
            leader.execute("CREATE DATABASE copy");
            for (int table = 0; table < TABLES; table++) {
                fill("copy.t" + table);
            }
        });
    }

    private void fill(String name) throws SQLException {
        leader.execute("USE copy",
                "CREATE TABLE " + name
                        + " (id INT AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, c CHAR(120) NOT NULL, pad CHAR(60) NOT NULL, KEY (k))",
                "INSERT INTO " + name + " (k, c, pad) WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 1000)"
                        + " SELECT RAND() * 1000000, CONCAT(SHA2(RAND(), 256), SHA2(RAND(), 224)), LEFT(SHA2(RAND(), 256), 60) FROM s");
        long rows = ((long) megabytes << 20) / BYTES_A_ROW / TABLES;
        for (long size = 1000; size < rows; size *= 2) {
            leader.execute("INSERT INTO " + name
                    + " (k, c, pad) SELECT RAND() * 1000000, CONCAT(SHA2(RAND(), 256), SHA2(RAND(), 224)), LEFT(SHA2(RAND(), 256), 60) FROM "
                    + name + " LIMIT " + (rows - size));
        }
        leader.execute("ANALYZE TABLE " + name);
    }

    private void dumpAndLoad(DatabaseServer to) throws IOException {
        String account = " --user=" + DatabaseServer.ADMIN + " --password=" + DatabaseServer.PASSWORD + " --host=127.0.0.1 --get-server-public-key ";
        String dump = String.join(" ", leader.installation().program("mysqldump"))
                + " --no-defaults --single-transaction --source-data=2 --databases copy" + account + "--port=" + leader.port();
        String load = String.join(" ", to.installation().program("mysql")) + " --no-defaults" + account + "--port=" + to.port();
        Programs.run(List.of("bash", "-o", "pipefail", "-c", dump + " 2>/dev/null | " + load));
    }

    private void mydumperAndMyloader(DatabaseServer to) throws IOException {
        Path folder = Files.createTempDirectory("millrace-bench-");
        Path dump = folder.resolve("dump");
        for (String program : List.of("mydumper --database=copy --outputdir=" + dump + " --port=" + leader.port(),
                "myloader --overwrite-tables --directory=" + dump + " --port=" + to.port())) {
            String[] words = program.split(" ", -1);
            List<String> command = new ArrayList<>(Installation.tool("mydumper", words[0]));
            command.addAll(List.of(words).subList(1, words.length));
            command.addAll(List.of("--threads=4", "--host=127.0.0.1", "--user=" + DatabaseServer.ADMIN, "--password=" + DatabaseServer.PASSWORD));
            Programs.run(command, Installation.toolEnvironment("mydumper"));
        }
        DatabaseServer.delete(folder);
    }
}
