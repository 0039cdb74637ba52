package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FollowerLifeIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void keepsFollowersFedByReplayAndBySqlEqualUnderLoadThroughKills() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer replay = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                DatabaseServer sql = DatabaseServer.start(ServerKind.MYSQL_80, 3);
                MixedWorkload load = new MixedWorkload(leader,
                        new MixedWorkload.Options(4, 10, Set.of(MixedWorkload.Extra.KEYLESS, MixedWorkload.Extra.DDL), false)).prepare();
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("replay", replay),
                        MillraceNode.FollowerEntry.of("sql", sql, "apply: sql", "binlog: skip")))) {
            load.start();
            millrace.start();
            millrace.await("replay", FollowerLifeIT::isLive, PATIENCE);
            millrace.await("sql", FollowerLifeIT::isLive, PATIENCE);
            millrace.kill();
            millrace.start();
            millrace.await("replay", status -> status.getLong("transactions") > 100, PATIENCE);
            replay.kill();
            sql.kill();
            millrace.await("sql", status -> status.getString("state").equals("waiting") && status.getLong("lagBytes") > 0
                    && status.getLong("lagSeconds") > 0, PATIENCE);
            replay.start();
            sql.start();
            load.stop();
            millrace.awaitCaughtUp("replay", leader, PATIENCE);
            millrace.awaitCaughtUp("sql", leader, PATIENCE);
            assertThat(TableContents.differences(leader, replay)).isEmpty();
            assertThat(TableContents.differences(leader, sql)).isEmpty();
            assertThat(TableContents.of(leader)).hasSizeGreaterThanOrEqualTo(4);
            assertThat(millrace.stop(Duration.ofSeconds(60))).isTrue();
        }
    }

    private static boolean isLive(JsonObject status) {
        return status.getString("state").equals("live");
    }
}
