package io.millrace.itest.bench;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.Coordinates;
import io.millrace.itest.server.CuttableLink;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.Programs;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The leader's backlog into a relay log, beside a tool that copies it, and beside the least that any client must do. One thread. */
final class RelayBench {
    static final int BYTES_A_TRANSACTION = 590;

    private final DatabaseServer leader;
    private final String[] javaOptions;
    private String file;
    private final String end;

    /** Writes a file of small events. */
    RelayBench(DatabaseServer leader, int megabytes, String[] javaOptions) throws Exception {
        this.leader = leader;
        this.javaOptions = javaOptions;
        leader.execute("SET GLOBAL max_binlog_size = 1073741824", "FLUSH BINARY LOGS");
        Backlog.SMALL.write(leader, (int) (((long) megabytes << 20) / BYTES_A_TRANSACTION));
        leader.execute("PURGE BINARY LOGS TO '" + Coordinates.end(leader).split(":", 2)[0] + "'");
        this.end = Coordinates.end(leader);
        this.file = end.split(":", 2)[0];
    }

    void measure(int rounds) throws Exception {
        copyPackets(); // The rest of this process is warm too.
        new Comparison("relay of " + (Long.parseLong(end.split(":", 2)[1]) >> 20) + " MiB of small events, no TLS", rounds, this::millrace)
                .against("mysqlbinlog --raw", this::mysqlbinlog)
                .against("a client that copies packets into a file, nothing checked or forced", this::copyPackets).measure();
    }

    /** A Millrace that runs already and comes back to the same backlog, beside what is the least, which is warm too. */
    void measureWarm(int rounds) throws Exception {
        try (MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(), "leader.tls: {mode: disabled}")) {
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("accounts: [{", "accounts: [{admin: true, "));
            millrace.start().awaitServing(Bench.PATIENCE);
            millrace.awaitDurable(leader, Bench.PATIENCE);
            long bytes = Long.parseLong(end.split(":", 2)[1]);
            new Comparison("relay of " + (bytes >> 20) + " MiB of small events, warm", rounds, () -> caughtUp(millrace))
                    .preparedBy(() -> {
                        DumpClient.tell(millrace.servePort(), "STOP REPLICA");
                        leader.execute("FLUSH BINARY LOGS");
                        Backlog.SMALL.write(leader, (int) (bytes / BYTES_A_TRANSACTION));
                        file = Coordinates.end(leader).split(":", 2)[0];
                    })
                    .against("a client that copies packets into a file, nothing checked or forced", this::copyPackets).measure();
        }
    }

    private double caughtUp(MillraceNode millrace) throws Exception {
        return Comparison.seconds(() -> {
            DumpClient.tell(millrace.servePort(), "START REPLICA");
            millrace.awaitDurable(leader, Bench.PATIENCE);
        });
    }

    /** The same over a link that is slower than both ends, where compression can pay; then over loopback, where it can only cost. */
    void measureCompressed(int rounds, int megabits) throws Exception {
        try (CuttableLink link = new CuttableLink(leader.port())) {
            link.slowTo(megabits * 1_000_000L / 8);
            compressed(" over " + megabits + " Mbit/s", link.port(), rounds);
        }
        compressed(" over loopback", leader.port(), rounds);
    }

    private void compressed(String how, int port, int rounds) throws Exception {
        new Comparison("relay of " + (Long.parseLong(end.split(":", 2)[1]) >> 20) + " MiB" + how + ", zstd", rounds, () -> millrace(port, "zstd"))
                .against("Millrace without compression", () -> millrace(port, "none"))
                .against("Millrace with zlib", () -> millrace(port, "zlib"))
                .against("mysqlbinlog --raw with zstd", () -> mysqlbinlog(port, "--compression-algorithms=zstd")).measure();
    }

    private double mysqlbinlog() throws Exception {
        return mysqlbinlog(leader.port());
    }

    private double mysqlbinlog(int port, String... options) throws Exception {
        Path folder = Files.createTempDirectory("millrace-bench-");
        List<String> command = new ArrayList<>(leader.installation().program("mysqlbinlog"));
        command.addAll(List.of("--no-defaults", "--read-from-remote-server", "--raw", "--host=127.0.0.1", "--port=" + port,
                "--user=" + DatabaseServer.ADMIN, "--password=" + DatabaseServer.PASSWORD, "--get-server-public-key", "--ssl-mode=DISABLED",
                "--result-file=" + folder + "/"));
        command.addAll(List.of(options));
        command.add(file);
        double seconds = Comparison.seconds(() -> Programs.run(command));
        DatabaseServer.delete(folder);
        return seconds;
    }

    private double copyPackets() throws Exception {
        Path copy = Files.createTempFile("millrace-bench-", ".copy");
        double seconds = Comparison.seconds(() -> {
            try (DumpClient client = DumpClient.open(leader.port(), BinlogCoordinates.headOf(file), 0);
                    FileChannel to = FileChannel.open(copy, StandardOpenOption.WRITE)) {
                client.copy(to);
            }
        });
        Files.delete(copy);
        return seconds;
    }

    private double millrace() throws Exception {
        return millrace(leader.port(), "none");
    }

    private double millrace(int port, String compression) throws Exception {
        try (MillraceNode millrace = new MillraceNode(port, List.of("leader.tls: {mode: disabled}", "leader.compression: " + compression), List.of(),
                javaOptions)) {
            double seconds = Comparison.seconds(() -> {
                millrace.start();
                millrace.awaitDurable(leader, Bench.PATIENCE);
            });
            millrace.stop(Duration.ofSeconds(30));
            return seconds;
        }
    }
}
