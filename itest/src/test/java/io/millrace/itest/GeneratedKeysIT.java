package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Primary keys that the leader generates and neither server shows: they are in every row of the log, as its first column. */
class GeneratedKeysIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String[] HIDDEN = {"--sql-generate-invisible-primary-key=ON",
            "--show-gipk-in-create-table-and-information-schema=OFF"};

    @Test
    void areCopiedAndKeptWhoeverHidesThem() throws Exception {
        ServerKind kind = ServerKind.MYSQL_97;
        Assumptions.assumeTrue(Servers.installed().contains(kind), "MySQL 9.7, which alone here generates keys, is not installed");
        try (DatabaseServer leader = DatabaseServer.start(kind, 1, HIDDEN);
                DatabaseServer replayed = DatabaseServer.start(kind, 2, HIDDEN);
                DatabaseServer told = DatabaseServer.start(kind, 3, HIDDEN);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(),
                        List.of(MillraceNode.FollowerEntry.of("replayed", replayed, "apply: replay"),
                                MillraceNode.FollowerEntry.of("told", told, "apply: sql")))) {
            leader.execute("CREATE DATABASE hidden", "CREATE TABLE hidden.t (n BIGINT UNSIGNED NOT NULL, m BIGINT UNSIGNED NOT NULL)",
                    "INSERT INTO hidden.t VALUES (100, 1), (200, 2), (300, 3)", "DELETE FROM hidden.t WHERE n = 100");
            millrace.start();
            for (String follower : List.of("replayed", "told")) {
                millrace.await(follower, status -> status.getString("state").equals("live"), PATIENCE);
            }
            leader.execute("INSERT INTO hidden.t VALUES (400, 4), (500, 5)", "UPDATE hidden.t SET m = m + 10 WHERE n = 200",
                    "DELETE FROM hidden.t WHERE n = 300", "CREATE TABLE hidden.later (n BIGINT UNSIGNED)",
                    "INSERT INTO hidden.later VALUES (7), (8)");
            for (String follower : List.of("replayed", "told")) {
                millrace.awaitCaughtUp(follower, leader, PATIENCE);
            }
            for (DatabaseServer follower : List.of(replayed, told)) {
                assertThat(rows(follower)).isEqualTo(rows(leader)).isEqualTo("2:200:12,4:400:4,5:500:5 1:7,2:8");
            }
        }
    }

    private static String rows(DatabaseServer server) throws Exception {
        return server.value("SELECT CONCAT((SELECT GROUP_CONCAT(my_row_id, ':', n, ':', m ORDER BY my_row_id) FROM hidden.t), ' ',"
                + " (SELECT GROUP_CONCAT(my_row_id, ':', n ORDER BY my_row_id) FROM hidden.later))");
    }
}
