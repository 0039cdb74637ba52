package io.millrace.itest.bench;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.Coordinates;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.Programs;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Replicas at Millrace beside the same replicas at the leader. One thread. */
final class ServeBench {
    private static final PrintStream OUT = System.out;
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    /** Rounds that do not count: both sides are measured as they are when they have run for a while. */
    private static final int WARM_UPS = 4;
    private static final int[] CLIENTS = {1, 8, 64};
    private static final int IDLE_CLIENTS = 500;
    private static final int COMMITS = 2000;
    private static final Duration IDLE = Duration.ofSeconds(5);

    private final DatabaseServer leader;
    private final DatabaseServer replica;
    private final MillraceNode millrace;
    private final BinlogCoordinates backlog;
    private final int rounds;

    /** @param backlog the head of the file that is read */
    ServeBench(DatabaseServer leader, DatabaseServer replica, MillraceNode millrace, BinlogCoordinates backlog, int rounds) {
        this.rounds = rounds;
        this.leader = leader;
        this.replica = replica;
        this.millrace = millrace;
        this.backlog = backlog;
    }

    void warmUp() throws Exception {
        for (int i = 0; i < WARM_UPS; i++) {
            drain(leader.port(), CLIENTS[1]);
            drain(millrace.servePort(), CLIENTS[1]);
        }
    }

    void replicas() throws Exception {
        receiver();
        for (int clients : CLIENTS) {
            fanOut(clients);
        }
        idle();
    }

    private void receiver() throws Exception {
        String end = Coordinates.end(leader);
        new Comparison("a replica's receiver, " + (leader.binlogBytes() >> 20) + " MiB", rounds, () -> receive(millrace.servePort(), end))
                .against("the same from the leader", () -> receive(leader.port(), end)).measure();
    }

    private double receive(int port, String end) throws Exception {
        replica.execute("STOP REPLICA", "RESET REPLICA ALL",
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = " + port + ", SOURCE_USER = '" + DatabaseServer.REPLICATION
                        + "', SOURCE_PASSWORD = '" + DatabaseServer.PASSWORD + "', SOURCE_LOG_FILE = '" + backlog.file()
                        + "', SOURCE_LOG_POS = 4, SOURCE_SSL = 0, GET_SOURCE_PUBLIC_KEY = 1");
        String position = end.substring(end.lastIndexOf(':') + 1);
        return Comparison.seconds(() -> {
            replica.execute("START REPLICA IO_THREAD");
            while (readPosition() < Long.parseLong(position)) {
                Thread.sleep(10);
            }
        });
    }

    private long readPosition() throws Exception {
        try (Connection connection = replica.connect();
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("SHOW REPLICA STATUS")) {
            row.next();
            if (row.getInt("Last_IO_Errno") != 0) {
                throw new IOException(row.getString("Last_IO_Error"));
            }
            return row.getString("Source_Log_File").equals(backlog.file()) ? row.getLong("Read_Source_Log_Pos") : 0;
        }
    }

    private void fanOut(int clients) throws Exception {
        Duration[] used = {Duration.ZERO, Duration.ZERO, Duration.ZERO};
        new Comparison(clients + " dump clients at once", rounds, () -> {
            Duration leaderBefore = leader.cpu();
            Duration before = millrace.cpu();
            double seconds = Comparison.seconds(() -> drain(millrace.servePort(), clients));
            used[1] = millrace.cpu().minus(before);
            used[2] = leader.cpu().minus(leaderBefore);
            return seconds;
        }).against("the same at the leader", () -> {
            Duration before = leader.cpu();
            double seconds = Comparison.seconds(() -> drain(leader.port(), clients));
            used[0] = leader.cpu().minus(before);
            return seconds;
        }).measure();
        OUT.printf(Locale.ROOT, "       CPU of the last round: leader serving %.1f s; Millrace serving %.1f s, the leader meanwhile %.1f s%n",
                used[0].toMillis() / 1e3, used[1].toMillis() / 1e3, used[2].toMillis() / 1e3);
    }

    private void drain(int port, int clients) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> all = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                all.add(threads.submit(() -> {
                    try (DumpClient client = DumpClient.open(port, backlog, 0)) {
                        return client.drain();
                    }
                }));
            }
            long first = all.getFirst().get();
            for (Future<Long> one : all) {
                if (one.get() != first) {
                    throw new IllegalStateException("clients got " + first + " and " + one.get() + " bytes, so the time means nothing");
                }
            }
        }
    }

    /** From before COMMIT at the leader to the end of the transaction at a client; both clients live at the same time. */
    void latency() throws Exception {
        leader.execute("CREATE TABLE IF NOT EXISTS sb.l (id INT AUTO_INCREMENT PRIMARY KEY)");
        double[][] direct = new double[rounds][];
        double[][] served = new double[rounds][];
        commits(new double[1][], new double[1][], 0); // The first does not count.
        for (int i = 0; i < rounds; i++) {
            Bench.tell("commit to arrival, round " + (i + 1) + " of " + rounds);
            commits(direct, served, i);
        }
        OUT.printf(Locale.ROOT, "commit to arrival, %d times %d commits, medians: directly p50 %.2f ms, p99 %.2f ms; through Millrace p50 %.2f ms, "
                + "p99 %.2f ms%n", rounds, COMMITS, percentile(direct, 50), percentile(direct, 99), percentile(served, 50),
                percentile(served, 99));
    }

    private static double percentile(double[][] rounds, int percent) {
        return Comparison.median(Arrays.stream(rounds).mapToDouble(round -> round[round.length * percent / 100]).toArray());
    }

    private void commits(double[][] direct, double[][] served, int round) throws Exception {
        leader.execute("FLUSH BINARY LOGS");
        millrace.awaitDurable(leader, PATIENCE);
        String end = Coordinates.end(leader);
        BinlogCoordinates from = new BinlogCoordinates(end.substring(0, end.lastIndexOf(':')),
                Long.parseLong(end.substring(end.lastIndexOf(':') + 1)));
        long[] committed = new long[COMMITS];
        try (ExecutorService threads = Executors.newFixedThreadPool(2);
                DumpClient atLeader = DumpClient.open(leader.port(), from, 9001);
                DumpClient atMillrace = DumpClient.open(millrace.servePort(), from, 9002);
                Connection connection = leader.connect();
                Statement statement = connection.createStatement()) {
            Future<long[]> one = threads.submit(() -> arrivals(atLeader));
            Future<long[]> other = threads.submit(() -> arrivals(atMillrace));
            for (int i = 0; i < COMMITS; i++) {
                committed[i] = System.nanoTime();
                statement.execute("INSERT INTO sb.l VALUES ()");
                Thread.sleep(2);
            }
            direct[round] = milliseconds(committed, one.get());
            served[round] = milliseconds(committed, other.get());
        }
    }

    private static long[] arrivals(DumpClient client) throws IOException {
        long[] arrived = new long[COMMITS];
        for (int i = 0; i < COMMITS; i++) {
            client.nextTransaction();
            arrived[i] = System.nanoTime();
        }
        return arrived;
    }

    private static double[] milliseconds(long[] from, long[] to) {
        double[] all = new double[from.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = (to[i] - from[i]) / 1e6;
        }
        Arrays.sort(all);
        return all;
    }

    private void idle() throws Exception {
        String end = Coordinates.end(leader);
        BinlogCoordinates from = new BinlogCoordinates(end.substring(0, end.lastIndexOf(':')), 4);
        List<DumpClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < IDLE_CLIENTS; i++) {
                clients.add(DumpClient.open(millrace.servePort(), from, 10_000L + i));
            }
            Duration before = millrace.cpu();
            Thread.sleep(IDLE);
            Duration used = millrace.cpu().minus(before);
            String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
            Programs.run(List.of(jcmd, Long.toString(millrace.pid()), "GC.run"));
            String heap = Programs.run(List.of(jcmd, Long.toString(millrace.pid()), "GC.heap_info")).lines().filter(line -> line.contains("used"))
                    .findFirst().orElse("?").strip();
            OUT.printf(Locale.ROOT, "%d idle live clients: CPU %.1f %% of one core; heap after collection: %s%n", IDLE_CLIENTS,
                    100.0 * used.toMillis() / IDLE.toMillis(), heap);
        } finally {
            clients.forEach(DumpClient::close);
        }
    }
}
