package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.Installation;
import io.millrace.itest.server.NativeReplica;
import io.millrace.itest.server.Programs;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.ManyTypes;
import java.time.Duration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Native replicas of every version, to which Millrace is the leader; and a Millrace to which another is. */
class ServeIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void feedsReplicasByGtidAndByPosition(ServerKind kind) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer byGtid = DatabaseServer.start(kind, 2, "--relay-log-purge=OFF");
                DatabaseServer byPosition = DatabaseServer.start(kind, 3, "--relay-log-purge=OFF");
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of());
                MillraceNode behind = MillraceNode.serving(millrace.servePort(), List.of())) {
            millrace.start().awaitServing(PATIENCE);
            assertThat(behind.run("check", "--config", behind.config().toString())).contains("another Millrace");
            behind.start().awaitServing(PATIENCE);
            NativeReplica first = new NativeReplica(byGtid);
            NativeReplica second = new NativeReplica(byPosition);
            BinlogCoordinates start = first.startFrom(leader);
            second.startFrom(leader);
            ManyTypes types = new ManyTypes(leader).prepare();
            types.write(1);
            first.replicate(millrace.source(true, false), start);
            second.replicate(behind.source(false, false), start);
            types.write(11);
            types.define(1);
            types.twoPhases(1);
            leader.execute("FLUSH BINARY LOGS");
            types.write(21);
            types.otherForms();
            types.write(31);
            first.awaitCaughtUp(leader, PATIENCE);
            second.awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, byGtid)).as("by GTID").isEmpty();
            assertThat(TableContents.differences(leader, byPosition)).as("by position, behind a second Millrace").isEmpty();
            millrace.kill();
            types.write(41);
            types.define(2);
            millrace.start();
            types.write(51);
            first.awaitCaughtUp(leader, PATIENCE);
            second.awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, byGtid)).as("by GTID, after a restart").isEmpty();
            assertThat(TableContents.differences(leader, byPosition)).as("by position, after a restart").isEmpty();
            assertReadable(byGtid);
            assertReadable(byPosition);
        }
    }

    /** Whatever a replica has written into its relay logs, the tool that reads them must find whole. */
    private static void assertReadable(DatabaseServer replica) throws Exception {
        ServerKind kind = replica.kind().isMariaDb() ? ServerKind.MARIADB_1011 : ServerKind.MYSQL_97;
        if (!Installation.isAvailable(kind)) {
            return; // Only these bring their tools.
        }
        List<String> command = new ArrayList<>(Installation.of(kind).program(kind.isMariaDb() ? "mariadb-binlog" : "mysqlbinlog"));
        command.addAll(List.of("--no-defaults", "--verify-binlog-checksum", "--result-file=/dev/null"));
        try (Stream<Path> files = Files.list(replica.data())) {
            List<String> logs = files.map(Path::toString).filter(file -> file.matches(".*relay-bin\\.\\d+")).sorted().toList();
            assertThat(logs).hasSizeGreaterThan(3);
            for (String log : logs) { // One by one: MariaDB's tool wants several to begin with the first GTID of all.
                List<String> one = new ArrayList<>(command);
                one.add(log);
                Programs.run(one);
            }
        }
    }
}
