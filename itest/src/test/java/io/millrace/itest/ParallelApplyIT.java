package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.ConflictingKeys;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Catches up with several workers on transactions that get in each other's way, while everything dies now and then. The groups are
 * small, so that there are many. Longer: {@code -Dmillrace.transactions=100000}.
 */
class ParallelApplyIT {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int TRANSACTIONS = Integer.getInteger("millrace.transactions", 4000);
    private static final int KILLS = 4;

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#generations")
    void endsWithTheLeadersRowsWhateverTheOrderAndWhateverDies(ServerKind kind) throws Exception {
        long seed = Long.getLong("millrace.seed", 11);
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer preserving = DatabaseServer.start(kind, 2);
                DatabaseServer relaxed = DatabaseServer.start(kind, 3);
                DatabaseServer bySql = DatabaseServer.start(kind, 4);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(),
                        List.of(MillraceNode.FollowerEntry.of("preserving", preserving, "workers: 6", "groupTransactions: 60"),
                                MillraceNode.FollowerEntry.of("relaxed", relaxed, "workers: 8", "groupTransactions: 40", "commitOrder: relaxed"),
                                MillraceNode.FollowerEntry.of("by-sql", bySql, "workers: 4", "groupTransactions: 50", "commitOrder: relaxed",
                                        "apply: sql")))) {
            ConflictingKeys load = new ConflictingKeys(leader, 60).prepare();
            load.run(200, seed);
            millrace.start();
            for (String follower : List.of("preserving", "relaxed", "by-sql")) {
                millrace.await(follower, status -> status.getString("state").equals("live"), PATIENCE);
            }
            millrace.stop(Duration.ofSeconds(20));
            load.run(TRANSACTIONS, seed + 1);
            millrace.start();
            killNowAndThen(new Random(seed), millrace, List.of(preserving, relaxed, bySql));
            for (String follower : List.of("preserving", "relaxed", "by-sql")) {
                millrace.awaitCaughtUp(follower, leader, PATIENCE);
            }
            for (DatabaseServer follower : List.of(preserving, relaxed, bySql)) {
                assertThat(TableContents.differences(leader, follower)).as("seed " + seed).isEmpty();
            }
        }
    }

    private static void killNowAndThen(Random random, MillraceNode millrace, List<DatabaseServer> followers) throws Exception {
        boolean atWork = false;
        for (int kill = 0; kill < KILLS; kill++) {
            atWork |= !millrace
                    .await("preserving", status -> status.getLong("transactions") > 50 || status.getString("state").equals("live"), PATIENCE)
                    .getString("state").equals("live");
            Thread.sleep(random.nextInt(500)); // The moment is random on purpose.
            if (kill % 2 == 0) {
                millrace.kill();
                millrace.start();
            } else {
                DatabaseServer follower = followers.get(random.nextInt(followers.size()));
                follower.kill();
                follower.start();
            }
        }
        assertThat(atWork).as("somebody was killed while there was a backlog").isTrue();
    }
}
