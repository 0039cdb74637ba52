package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Takes snapshots at full write load, follows each to later coordinates, and compares. Snapshots in all:
 * {@code -Dmillrace.snapshots=100} in the nightly form.
 */
class SnapshotExactnessIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int SNAPSHOTS = Integer.getInteger("millrace.snapshots", 5);

    @ParameterizedTest
    @CsvSource({"MYSQL_97, 0, 0, KEYLESS, 2", "MYSQL_97, 20000, 0, DOCUMENTS, 2", "MYSQL_80, 0, 0, KEYLESS DDL, 2",
            "MYSQL_97, 0, 30, DOCUMENTS XA ODD_KEYS, 2", "MYSQL_97, 0, 30, KEYLESS XA DDL, 1", "MYSQL_97, 0, 30, BACK_AGAIN, 1"})
    void isNeverWrong(ServerKind kind, int groupCommitDelay, int openingMillis, String extras, int tenths) throws Exception {
        compare(kind, groupCommitDelay, openingMillis, extras, tenths);
    }

    /** A view may show any of the transactions that are being committed: only one that has none of them beside it is proved. */
    @Test
    void isNotWrongWhereTransactionsBecomeVisibleInAnotherOrder() throws Exception {
        compare(ServerKind.MYSQL_97, 0, 0, "DOCUMENTS", 2, "--binlog-order-commits=OFF");
    }

    private static void compare(ServerKind kind, int groupCommitDelay, int openingMillis, String extras, int tenths, String... options)
            throws Exception {
        Set<MixedWorkload.Extra> extra = Arrays.stream(extras.split(" ")).map(MixedWorkload.Extra::valueOf).collect(Collectors.toSet());
        Assumptions.assumeTrue(Servers.installed().contains(kind), kind + " is not installed");
        int snapshots = Math.max(1, SNAPSHOTS * tenths / 10);
        List<String> wrong = new ArrayList<>();
        Map<String, Integer> rungs = new HashMap<>();
        long milliseconds = 0;
        List<String> settings = new ArrayList<>(List.of(options));
        settings.add("--binlog-group-commit-sync-delay=" + groupCommitDelay);
        try (DatabaseServer leader = DatabaseServer.start(kind, 1, settings.toArray(new String[0]));
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                MixedWorkload load = new MixedWorkload(leader, new MixedWorkload.Options(8, 0, extra, false)).prepare()) {
            load.start();
            for (int i = 0; i < snapshots; i++) {
                try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower, "replace: true")), "-Xmx256m",
                        "-Dmillrace.test.openingMillis=" + openingMillis)) {
                    millrace.start();
                    millrace.await("copy", status -> status.getLong("transactions") > 0, PATIENCE);
                    JsonObject proof = millrace.newestManifest().getJsonObject("proof");
                    rungs.merge(proof.getString("opening"), 1, Integer::sum);
                    milliseconds += proof.getLong("milliseconds");
                    load.pause();
                    millrace.awaitCaughtUp("copy", leader, PATIENCE);
                    wrong.addAll(TableContents.differences(leader, follower));
                    load.resume();
                }
                follower.execute("DROP DATABASE millrace");
            }
        }
        System.out.printf("%s, sync delay %d us, opening stretched by %d ms, %s: %d snapshots, %d wrong, rungs %s, %d ms each%n", kind,
                groupCommitDelay, openingMillis, extras, snapshots, wrong.size(), rungs, milliseconds / snapshots);
        assertThat(wrong).isEmpty();
    }
}
