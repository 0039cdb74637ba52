package io.millrace.itest.bench;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Whether a transaction costs the same however many are behind it: backlogs of which each is ten times the one before. One thread. */
final class GrowthBench implements AutoCloseable {
    private static final PrintStream OUT = System.out;
    private static final int SIZES = 3;
    private static final int TIMES = 10;

    private final DatabaseServer leader = Bench.start(1);
    private final DatabaseServer follower = Bench.start(2);
    private final MillraceNode millrace;

    GrowthBench(String[] javaOptions) throws Exception {
        millrace = new MillraceNode(leader.port(), List.of("leader.tls: {mode: disabled}"),
                List.of(MillraceNode.FollowerEntry.of("copy", follower, "tls: {mode: disabled}")), javaOptions);
        Backlog.prepare(leader, Set.of(Backlog.SMALL));
        leader.execute("SET GLOBAL max_binlog_size = 1073741824");
        millrace.start();
        millrace.awaitCaughtUp("copy", leader, Bench.PATIENCE);
    }

    /** @param most how many transactions the largest backlog has */
    void measure(int most) throws Exception {
        int transactions = most;
        for (int i = 1; i < SIZES; i++) {
            transactions /= TIMES;
        }
        backlog(transactions); // The first is to get warm.
        OUT.println("US A TRANSACTION  CATCH-UP OF");
        for (; transactions <= most; transactions *= TIMES) {
            double seconds = backlog(transactions);
            OUT.printf(Locale.ROOT, "%16.1f  %d small transactions in %.1f s%n", 1e6 * seconds / transactions, transactions, seconds);
        }
        Bench.requireEqual(leader, follower);
    }

    private double backlog(int transactions) throws Exception {
        try (Connection connection = follower.connect(); Statement lock = connection.createStatement()) {
            lock.execute("FLUSH TABLES WITH READ LOCK");
            Bench.tell("writing " + transactions + " transactions");
            Backlog.SMALL.write(leader, transactions);
            millrace.awaitDurable(leader, Bench.PATIENCE);
            Bench.tell("applying them");
            return Comparison.seconds(() -> {
                lock.execute("UNLOCK TABLES");
                millrace.awaitCaughtUp("copy", leader, Bench.PATIENCE);
            });
        }
    }

    @Override
    public void close() throws IOException {
        millrace.close();
        follower.close();
        leader.close();
    }
}
