package io.millrace.itest.bench;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import java.io.IOException;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Followers that are behind, beside a native replica that is as far behind. Both have received what they have to apply: a global read
 * lock on each server holds its applier meanwhile, and the time is that from its end. One thread.
 */
final class CatchUpBench implements AutoCloseable {
    private static final int SATURATING = 10_000;
    private static final int WARM_UP = 20_000;

    private final DatabaseServer leader = Bench.start(1);
    private final DatabaseServer replica = Bench.start(2, "--replica-parallel-workers=4");
    private final DatabaseServer follower = Bench.start(3);
    private final MillraceNode millrace;
    private final Statement replicaLock = replica.connect().createStatement();
    private final Statement followerLock = follower.connect().createStatement();

    CatchUpBench(Set<Backlog> prepared, String apply, String[] javaOptions) throws Exception {
        millrace = new MillraceNode(leader.port(), List.of("leader.tls: {mode: disabled}"),
                List.of(MillraceNode.FollowerEntry.of("copy", follower, "tls: {mode: disabled}", "apply: " + apply)), javaOptions);
        Backlog.prepare(leader, prepared);
        replica.execute("CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = " + leader.port() + ", SOURCE_USER = '"
                + DatabaseServer.REPLICATION + "', SOURCE_PASSWORD = '" + DatabaseServer.PASSWORD
                + "', SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1", "START REPLICA");
        millrace.start();
        nativeReplica();
        millrace();
        backlog(Backlog.SMALL, WARM_UP);
        nativeReplica();
        millrace();
    }

    /** @param small how many transactions there are to apply where they are small */
    void measure(Set<Backlog> backlogs, int small, boolean durable, int rounds) throws Exception {
        String flush = durable ? "1" : "0";
        for (DatabaseServer server : List.of(replica, follower)) {
            server.execute("SET GLOBAL sync_binlog = " + flush, "SET GLOBAL innodb_flush_log_at_trx_commit = " + flush);
        }
        for (Backlog backlog : backlogs) {
            int transactions = backlog.like(small);
            new Comparison("catch-up of " + transactions + " " + backlog.title() + " transactions" + (durable ? "" : ", relaxed followers"), rounds,
                    this::millrace).against("native replica, 4 workers", this::nativeReplica).preparedBy(() -> backlog(backlog, transactions))
                    .measure();
        }
        Bench.requireEqual(leader, replica);
        Bench.requireEqual(leader, follower);
    }

    private void backlog(Backlog backlog, int transactions) throws Exception {
        hold(replicaLock);
        hold(followerLock);
        backlog.write(leader, transactions);
        String received = leader.value("SELECT @@global.gtid_executed").replace("\n", "");
        replica.await("SELECT GTID_SUBSET('" + received + "', CONCAT(received_transaction_set, ',', @@global.gtid_executed))"
                + " FROM performance_schema.replication_connection_status", "1", Bench.PATIENCE);
        millrace.awaitDurable(leader, Bench.PATIENCE);
    }

    private static void hold(Statement lock) throws SQLException {
        lock.execute("FLUSH TABLES WITH READ LOCK");
    }

    private double nativeReplica() throws Exception {
        String wanted = leader.value("SELECT @@global.gtid_executed").replace("\n", "");
        return Comparison.seconds(() -> {
            replicaLock.execute("UNLOCK TABLES");
            replica.value("SELECT WAIT_FOR_EXECUTED_GTID_SET('" + wanted + "', 1800)");
        });
    }

    private double millrace() throws Exception {
        return Comparison.seconds(() -> {
            followerLock.execute("UNLOCK TABLES");
            millrace.awaitCaughtUp("copy", leader, Bench.PATIENCE);
        });
    }

    /** What a reader of a live follower sees, at four fifths of the rate with which the native replica can just keep up. */
    void lag(Duration time, int rounds) throws Exception {
        backlog(Backlog.SMALL, SATURATING);
        double rate = SATURATING / nativeReplica();
        millrace();
        hold(followerLock);
        while (!LagBench.keepsUp(leader, replica, (int) rate)) {
            rate *= 0.8; // The replica applies the faster the less the leader beside it has to do.
            nativeReplica();
        }
        LagBench lag = new LagBench(leader, (int) (0.8 * rate), time);
        for (int round = 0; round < rounds; round++) {
            Bench.tell("lag, round " + (round + 1) + " of " + rounds);
            lag.measure("native replica, 4 workers", replica);
            millrace();
            hold(replicaLock);
            lag.measure("Millrace", follower);
            hold(followerLock);
            nativeReplica();
        }
        millrace();
        lag.print();
    }

    @Override
    public void close() throws IOException {
        millrace.close();
        follower.close();
        replica.close();
        leader.close();
    }
}
