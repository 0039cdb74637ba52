package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.CuttableLink;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Kills every process and cuts every link at random moments under load, then compares every table and the log. Rounds:
 * {@code -Dmillrace.rounds=20} in the nightly form.
 */
class RestartIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int ROUNDS = Integer.getInteger("millrace.rounds", 2);

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#generations")
    void losesNothingAndRepeatsNothingWhateverDies(ServerKind kind) throws Exception {
        long seed = Long.getLong("millrace.seed", 7);
        Random random = new Random(seed);
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                CuttableLink toLeader = new CuttableLink(leader.port());
                CuttableLink toFollower = new CuttableLink(follower.port());
                MixedWorkload load = new MixedWorkload(leader, new MixedWorkload.Options(4, 3, extras(kind), true)).prepare();
                MillraceNode millrace = new MillraceNode(toLeader.port(), List.of("snapshot: {readers: 2, lock: all}"),
                        List.of(new MillraceNode.FollowerEntry("copy", toFollower.port(), List.of("loaders: 2"))))) {
            load.start();
            millrace.start();
            for (int round = 0; round < ROUNDS * 5; round++) {
                if (round >= 5) { // Before that it may die while it is seeded, from here on while it applies.
                    millrace.await("copy", status -> status.getLong("transactions") > 0, PATIENCE);
                }
                Thread.sleep(200 + random.nextInt(2500)); // The moment is random on purpose.
                hurt(round % 5, leader, follower, toLeader, toFollower, millrace);
            }
            millrace.await("copy", status -> status.getString("state").equals("live") || status.getString("state").equals("catching up"), PATIENCE);
            load.stop();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).as("seed " + seed).isEmpty();
            assertThat(leader.value("SELECT SUM(n) FROM shop.counter")).isEqualTo(follower.value("SELECT SUM(n) FROM shop.counter"));
            assertThat(load.transactions()).isPositive();
            assertLogEqualsLeaders(leader, millrace);
        }
    }

    /**
     * Before 8.0 a server that dies inside DDL may keep it in its table and lose it from its binlog: no replica could be equal. The same
     * is said of XA before 8.0.30, and of MariaDB.
     */
    private static Set<MixedWorkload.Extra> extras(ServerKind kind) {
        return switch (kind) {
            case MYSQL_57, MARIADB_1011, MARIADB_118 -> Set.of(MixedWorkload.Extra.KEYLESS);
            case MYSQL_80 -> Set.of(MixedWorkload.Extra.KEYLESS, MixedWorkload.Extra.DDL);
            case MYSQL_97 -> Set.of(MixedWorkload.Extra.KEYLESS, MixedWorkload.Extra.DDL, MixedWorkload.Extra.DOCUMENTS, MixedWorkload.Extra.XA);
        };
    }

    private static void hurt(int way, DatabaseServer leader, DatabaseServer follower, CuttableLink toLeader, CuttableLink toFollower,
            MillraceNode millrace) throws Exception {
        switch (way) {
            case 0 -> {
                millrace.kill();
                millrace.start();
            }
            case 1 -> {
                follower.kill();
                follower.start();
            }
            case 2 -> {
                toLeader.cut();
                toLeader.mend();
            }
            case 3 -> {
                leader.kill();
                leader.start();
            }
            default -> {
                toFollower.cut();
                toFollower.mend();
            }
        }
    }

    private static void assertLogEqualsLeaders(DatabaseServer leader, MillraceNode millrace) throws Exception {
        String identity = millrace.status().orElseThrow().getJsonObject("receiver").getString("leader");
        try (var files = Files.list(millrace.relay(identity))) {
            for (Path file : files.filter(MillraceNode::isBinlog).toList()) {
                byte[] copy = Files.readAllBytes(file);
                byte[] theirs = Files.readAllBytes(leader.data().resolve(file.getFileName()));
                theirs[21] = copy[21];
                assertThat(Arrays.mismatch(copy, theirs)).as(file.getFileName().toString()).satisfiesAnyOf(
                        same -> assertThat(same).isEqualTo(-1), shorter -> assertThat(shorter).isEqualTo(copy.length));
            }
        }
    }
}
