package io.millrace.itest.bench;

import io.millrace.itest.server.DatabaseServer;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long after its commit on the leader a row can be read on a follower, while other sessions write at a given rate. One thread
 * calls.
 */
final class LagBench {
    private static final PrintStream OUT = System.out;
    private static final int WRITERS = 8;
    private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int WARM_UP = 100;
    private static final Duration TRIAL = Duration.ofSeconds(6);

    private final DatabaseServer leader;
    private final int rate;
    private final int probes;
    /** By follower: the milliseconds of all probes. */
    private final Map<String, List<Double>> lags = new LinkedHashMap<>();

    /**
     * Makes the tables.
     *
     * @param rate transactions a second
     */
    LagBench(DatabaseServer leader, int rate, Duration time) throws SQLException {
        this.leader = leader;
        this.rate = rate;
        this.probes = (int) (time.toNanos() / PROBE_NANOS);
        leader.execute("CREATE TABLE IF NOT EXISTS sb.probe (id INT PRIMARY KEY)");
    }

    /** Whether a live follower stays behind by no more than a second. */
    static boolean keepsUp(DatabaseServer leader, DatabaseServer follower, int rate) throws Exception {
        LagBench trial = new LagBench(leader, rate, TRIAL);
        trial.measure("trial", follower);
        return trial.lags.values().iterator().next().stream().allMatch(milliseconds -> milliseconds < 1000);
    }

    /** Measures a follower that is live. */
    void measure(String name, DatabaseServer follower) throws Exception {
        leader.execute("TRUNCATE TABLE sb.probe");
        follower.await("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'sb' AND TABLE_NAME = 'probe'", "1", Bench.PATIENCE);
        follower.await("SELECT COUNT(*) FROM sb.probe", "0", Bench.PATIENCE);
        long[] committed = new long[probes];
        long end = System.nanoTime() + probes * PROBE_NANOS;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                int seed = writer;
                writers.add(threads.submit(() -> write(seed, end)));
            }
            Future<long[]> seen = threads.submit(() -> look(follower));
            probe(committed);
            for (Future<?> writer : writers) {
                writer.get();
            }
            List<Double> all = lags.computeIfAbsent(name, key -> new ArrayList<>());
            for (int i = WARM_UP; i < probes; i++) {
                all.add((seen.get()[i] - committed[i]) / 1e6);
            }
        }
    }

    private Void write(int seed, long end) throws SQLException {
        long pause = TimeUnit.SECONDS.toNanos(1) * WRITERS / rate;
        try (Connection connection = leader.connect();
                PreparedStatement statement = connection.prepareStatement("UPDATE sb.t SET k = k + 1 WHERE id = ?")) {
            long next = System.nanoTime();
            for (int i = 0; next < end; i++) {
                statement.setInt(1, 1 + (seed * 7919 + i * 31) % 100_000);
                statement.execute();
                next += pause;
                LockSupport.parkNanos(next - System.nanoTime());
            }
        }
        return null;
    }

    private void probe(long[] committed) throws SQLException {
        try (Connection connection = leader.connect(); Statement statement = connection.createStatement()) {
            long next = System.nanoTime();
            for (int i = 0; i < probes; i++) {
                statement.execute("INSERT INTO sb.probe VALUES (" + (i + 1) + ")");
                committed[i] = System.nanoTime();
                next += PROBE_NANOS;
                LockSupport.parkNanos(next - System.nanoTime());
            }
        }
    }

    /** When each probe was first seen. */
    private long[] look(DatabaseServer follower) throws SQLException {
        long[] seen = new long[probes];
        int found = 0;
        long deadline = System.nanoTime() + Bench.PATIENCE.toNanos();
        try (Connection connection = follower.connect();
                PreparedStatement statement = connection.prepareStatement("SELECT COALESCE(MAX(id), 0) FROM sb.probe")) {
            while (found < probes && System.nanoTime() < deadline) {
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    for (long now = System.nanoTime(); found < row.getInt(1); found++) {
                        seen[found] = now;
                    }
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
        return seen;
    }

    void print() {
        lags.forEach((name, all) -> {
            double[] sorted = all.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            OUT.printf(Locale.ROOT, "lag of a live follower at %d transactions a second, %s: p50 %.1f ms, p99 %.1f ms%n", rate, name,
                    sorted[sorted.length / 2], sorted[sorted.length * 99 / 100]);
        });
    }
}
