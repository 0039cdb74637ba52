package io.millrace.itest.bench;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.Coordinates;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code itest/bin/bench}. */
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false, description = {
        "Measures Millrace beside the tools that a DBA would otherwise use, in one run against the same MySQL 9.7 servers, in turns.",
        "COPY, RELAY and LINK count the start of the process on both sides; the others warm both up first."}, footer = {"",
                "Everything takes about two hours; --quick ten minutes, with which single numbers may be far off."})
public final class Bench implements Callable<Integer> {
    static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final PrintStream OUT = System.out;
    private static final PrintStream PROGRESS = System.err;

    @Option(names = "--quick", description = "Small sizes, one round of each, durable followers only.")
    private boolean quick;

    @Option(names = "--only", split = ",", paramLabel = "WORK", description = "Only these of: ${COMPLETION-CANDIDATES}.")
    private Set<Work> only = EnumSet.allOf(Work.class);

    @Option(names = "--backlogs", split = ",", paramLabel = "KIND", description = "CATCHUP: only these of: ${COMPLETION-CANDIDATES}.")
    private Set<Backlog> backlogs = EnumSet.allOf(Backlog.class);

    @Option(names = "--rounds", paramLabel = "N", description = "How often each is done, of which the median counts (5; quick: 1).")
    private Optional<Integer> rounds = Optional.empty();

    @Option(names = "--megabytes", paramLabel = "N", description = "COPY: size of the schema, in MiB (1024; quick: 128).")
    private Optional<Integer> megabytes = Optional.empty();

    @Option(names = "--without-redo-log", description = "COPY: load into followers whose redo log is switched off meanwhile, with every tool.")
    private boolean withoutRedoLog;

    @Option(names = "--seed", paramLabel = "HOW", description = "COPY: how Millrace's follower gets the leader's data, snapshot or clone (snapshot).")
    private String seed = "snapshot";

    @Option(names = "--relay-megabytes", paramLabel = "N", description = "RELAY and LINK: size of the backlog, in MiB (500, LINK 200; quick: 100).")
    private Optional<Integer> relayMegabytes = Optional.empty();

    @Option(names = "--link-megabits", paramLabel = "N", description = "LINK: what the link carries, in Mbit/s (100).")
    private int linkMegabits = 100;

    @Option(names = "--transactions", paramLabel = "N", description = "CATCHUP: small transactions in the backlog (20000; quick: 5000);"
            + " fewer of the larger kinds.")
    private Optional<Integer> transactions = Optional.empty();

    @Option(names = "--most-transactions", paramLabel = "N", description = "GROWTH: the largest backlog (10000000; quick: 200000).")
    private Optional<Integer> mostTransactions = Optional.empty();

    @Option(names = "--followers", paramLabel = "N", description = "MEMORY: live followers, each a server of its own (100; quick: 10).")
    private Optional<Integer> followers = Optional.empty();

    @Option(names = "--transaction-megabytes", paramLabel = "N", description = "MEMORY: size of the one transaction, in MiB (4096; quick: 512).")
    private Optional<Integer> transactionMegabytes = Optional.empty();

    @Option(names = "--apply", paramLabel = "MODE", description = "CATCHUP and LAG: how Millrace's follower is fed, replay or sql (replay).")
    private String apply = "replay";

    @Option(names = "--serve-megabytes", paramLabel = "N", description = "SERVE: size of the file that is served, in MiB (500; quick: 100).")
    private Optional<Integer> serveMegabytes = Optional.empty();

    @Option(names = "--millrace-data", paramLabel = "DIR", description = "Where Millrace keeps its log, such as a disk of its own or memory"
            + " (default: the temporary folder, on the servers' disk).")
    private Optional<Path> millraceData = Optional.empty();

    private String[] javaOptions = {};

    /** What can be measured. */
    enum Work {
        /** Snapshot and seed of one follower. */
        COPY,
        /** The leader's backlog into a relay log. */
        RELAY,
        /** The leader's backlog over a slow link, compressed and not. */
        LINK,
        /** Backlogs of several kinds from the leader into a follower. */
        CATCHUP,
        /** From a commit at the leader to where a reader of a live follower sees it, under load. */
        LAG,
        /** Replicas and other dump clients at Millrace, beside the same at the leader. */
        SERVE,
        /** From a commit at the leader to its arrival at a live client, through Millrace and directly. */
        LATENCY,
        /** Backlogs of growing size. */
        GROWTH,
        /** What Millrace takes of memory and CPU. */
        MEMORY,
        /** The loops that run for every event, row and GTID. */
        INNER
    }

    /** Runs the benchmarks and exits. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).setCaseInsensitiveEnumValuesAllowed(true).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        millraceData.ifPresent(folder -> System.setProperty(MillraceNode.PARENT, folder.toString()));
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
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)),
                        javaOptions)) {
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.stop(Duration.ofSeconds(30));
        }
    }

    private int size(Optional<Integer> wanted, int whole, int little) {
        return wanted.orElse(quick ? little : whole);
    }

    private void measure() throws Exception {
        int times = size(rounds, 5, 1);
        Comparison.printHead();
        if (only.contains(Work.COPY)) {
            try (DatabaseServer leader = start(1)) {
                new CopyBench(leader, size(megabytes, 1024, 128), seed, withoutRedoLog, javaOptions).measure(times);
            }
        }
        if (only.contains(Work.RELAY)) {
            try (DatabaseServer leader = start(1)) {
                Backlog.prepare(leader, Set.of(Backlog.SMALL));
                RelayBench relay = new RelayBench(leader, size(relayMegabytes, 500, 100), javaOptions);
                relay.measure(times);
                relay.measureWarm(times);
            }
        }
        if (only.contains(Work.LINK)) {
            try (DatabaseServer leader = start(1)) {
                Backlog.prepare(leader, Set.of(Backlog.SMALL));
                new RelayBench(leader, size(relayMegabytes, 200, 100), javaOptions).measureCompressed(times, linkMegabits);
            }
        }
        if (only.contains(Work.CATCHUP) || only.contains(Work.LAG)) {
            followers(times);
        }
        if (only.contains(Work.SERVE) || only.contains(Work.LATENCY)) {
            serve(times);
        }
        ofItself(times);
    }

    /** What has no peer. */
    private void ofItself(int times) throws Exception {
        if (only.contains(Work.GROWTH)) {
            try (GrowthBench growth = new GrowthBench(javaOptions)) {
                growth.measure(size(mostTransactions, 10_000_000, 200_000));
            }
        }
        if (only.contains(Work.MEMORY)) {
            MemoryBench memory = new MemoryBench(javaOptions);
            memory.followers(1);
            memory.followers(size(followers, 100, 10));
            memory.transaction(size(transactionMegabytes, 4096, 512));
        }
        if (only.contains(Work.INNER)) {
            try (DatabaseServer leader = start(1)) {
                Backlog.prepare(leader, Set.of(Backlog.SMALL));
                InnerBench.measure(leader, Math.max(3, times));
            }
        }
    }

    private void followers(int times) throws Exception {
        Set<Backlog> prepared = EnumSet.of(Backlog.SMALL);
        prepared.addAll(only.contains(Work.CATCHUP) ? backlogs : Set.of());
        try (CatchUpBench bench = new CatchUpBench(prepared, apply, javaOptions)) {
            int small = size(transactions, 20_000, 5_000);
            if (only.contains(Work.CATCHUP)) {
                bench.measure(backlogs, small, true, times);
            }
            if (only.contains(Work.LAG)) {
                bench.lag(Duration.ofSeconds(quick ? 10 : 30), times);
            }
            if (only.contains(Work.CATCHUP) && !quick) {
                bench.measure(backlogs, small, false, times);
            }
        }
    }

    private void serve(int times) throws Exception {
        try (DatabaseServer leader = start(1);
                DatabaseServer replica = start(2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of())) {
            Backlog.prepare(leader, Set.of(Backlog.SMALL));
            leader.execute("FLUSH BINARY LOGS");
            Backlog.SMALL.write(leader, (int) (((long) size(serveMegabytes, 500, 100) << 20) / RelayBench.BYTES_A_TRANSACTION));
            String file = Coordinates.end(leader).split(":", 2)[0];
            millrace.start().awaitServing(PATIENCE);
            millrace.awaitDurable(leader, PATIENCE);
            ServeBench bench = new ServeBench(leader, replica, millrace, BinlogCoordinates.headOf(file), times);
            bench.warmUp();
            if (only.contains(Work.SERVE)) {
                bench.replicas();
            }
            if (only.contains(Work.LATENCY)) {
                bench.latency();
            }
        }
    }

    /** How far it is, to who waits; the table goes to the other stream. */
    static void tell(String progress) {
        PROGRESS.println("bench: " + progress);
    }

    static DatabaseServer start(int serverId, String... options) throws IOException {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(
                List.of("--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1", "--innodb-flush-method=O_DIRECT", "--innodb-buffer-pool-size=1G"));
        return DatabaseServer.start(ServerKind.MYSQL_97, serverId, all.toArray(new String[0]));
    }

    static void requireEqual(DatabaseServer leader, DatabaseServer follower) throws SQLException {
        List<String> differences = TableContents.differences(leader, follower);
        if (!differences.isEmpty()) {
            throw new IllegalStateException("the follower differs, so the time means nothing: " + differences);
        }
    }
}
