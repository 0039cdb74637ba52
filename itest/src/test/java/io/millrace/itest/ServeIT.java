package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.NativeReplica;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.ManyTypes;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Native replicas of every version, to which Millrace is the leader; and a Millrace to which another is. */
class ServeIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void feedsReplicasByGtidAndByPosition(ServerKind kind) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer byGtid = DatabaseServer.start(kind, 2);
                DatabaseServer byPosition = DatabaseServer.start(kind, 3);
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
        }
    }
}
