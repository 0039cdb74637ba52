package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FollowerLifeIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void seedsAFollowerUnderLoadAndKeepsItEqualThroughKills() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MixedWorkload load = new MixedWorkload(leader, new MixedWorkload.Options(4, 2, true, true, false)).prepare();
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            load.start();
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.kill();
            millrace.start();
            millrace.await("copy", status -> status.getLong("transactions") > 100, PATIENCE);
            follower.kill();
            follower.start();
            load.stop();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(TableContents.of(leader)).hasSizeGreaterThanOrEqualTo(4);
        }
    }
}
