package io.millrace.itest.bench;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.Coordinates;
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
    private final String file;
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

    private double mysqlbinlog() throws Exception {
        Path folder = Files.createTempDirectory("millrace-bench-");
        List<String> command = new ArrayList<>(leader.installation().program("mysqlbinlog"));
        command.addAll(List.of("--no-defaults", "--read-from-remote-server", "--raw", "--host=127.0.0.1", "--port=" + leader.port(),
                "--user=" + DatabaseServer.ADMIN, "--password=" + DatabaseServer.PASSWORD, "--get-server-public-key", "--ssl-mode=DISABLED",
                "--result-file=" + folder + "/", file));
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
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of("leader.tls: {mode: disabled}"), List.of(), javaOptions)) {
            double seconds = Comparison.seconds(() -> {
                millrace.start();
                millrace.awaitDurable(leader, Bench.PATIENCE);
            });
            millrace.stop(Duration.ofSeconds(30));
            return seconds;
        }
    }
}
