package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A leader and a follower with the server's default of gtid_mode=OFF: a short lock proves the snapshot, a row is the checkpoint. */
class WithoutGtidsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String[] OFF = {"--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"};

    @Test
    void staysEqualThroughAKill() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1, OFF);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2, OFF);
                MixedWorkload load = new MixedWorkload(leader,
                        new MixedWorkload.Options(4, 3, Set.of(MixedWorkload.Extra.KEYLESS, MixedWorkload.Extra.DDL), false)).prepare();
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            load.start();
            millrace.start();
            millrace.await("copy", status -> status.getLong("transactions") > 50, PATIENCE);
            assertThat(millrace.newestManifest().getJsonObject("proof").getString("opening")).isEqualTo("GLOBAL_LOCK");
            millrace.kill();
            millrace.start();
            millrace.await("copy", status -> status.getLong("transactions") > 50, PATIENCE);
            load.stop();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    @Test
    void failsWithTheReasonWhereNoLockIsAllowed() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1, OFF);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2, OFF);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {lock: never}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            millrace.start();
            assertThat(millrace.await("copy", status -> status.getString("state").equals("waiting"), PATIENCE).getString("detail"))
                    .contains("allow a short lock with snapshot.lock: all");
        }
    }
}
