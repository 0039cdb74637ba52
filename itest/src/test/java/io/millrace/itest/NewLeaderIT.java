package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.CuttableLink;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.MillraceNode.FollowerEntry;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Another server takes the leader's place at the leader's address. */
class NewLeaderIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final MixedWorkload.Options LOAD = new MixedWorkload.Options(2, 5, Set.of(MixedWorkload.Extra.KEYLESS), true);

    @Test
    void goesOnByGtidWithoutSeedingWhereAnotherServerLeads() throws Exception {
        try (DatabaseServer first = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer second = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                DatabaseServer replay = DatabaseServer.start(ServerKind.MYSQL_80, 3);
                DatabaseServer sql = DatabaseServer.start(ServerKind.MYSQL_80, 4);
                CuttableLink address = new CuttableLink(first.port());
                MixedWorkload load = new MixedWorkload(first, LOAD).prepare();
                MillraceNode millrace = new MillraceNode(address.port(), List.of(),
                        List.of(FollowerEntry.of("replay", replay), FollowerEntry.of("sql", sql, "apply: sql")))) {
            replicate(first, second);
            load.start();
            millrace.start();
            millrace.await("replay", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.await("sql", status -> status.getString("state").equals("live"), PATIENCE);
            load.stop();
            second.value("SELECT WAIT_FOR_EXECUTED_GTID_SET('" + first.value("SELECT @@global.gtid_executed") + "', 60)");
            first.kill();
            second.execute("STOP SLAVE", "RESET SLAVE ALL", "FLUSH BINARY LOGS",
                    "INSERT INTO shop.item (id, name) VALUES (-1, 'by the second leader')");
            address.pointTo(second.port());
            address.cut();
            address.mend();
            try (MixedWorkload more = new MixedWorkload(second, LOAD)) {
                more.start();
                more.awaitTransactions(200);
            }
            millrace.awaitCaughtUp("replay", second, PATIENCE);
            millrace.awaitCaughtUp("sql", second, PATIENCE);
            assertThat(TableContents.differences(second, replay)).isEmpty();
            assertThat(TableContents.differences(second, sql)).isEmpty();
            assertThat(second.value("SELECT SUM(n) FROM shop.counter")).isEqualTo(replay.value("SELECT SUM(n) FROM shop.counter"));
            assertThat(millrace.wholeLog()).contains("a new epoch begins").containsOnlyOnce("snapshot taken");
            assertThat(Files.exists(millrace.relay(uuid(second)))).isTrue();
        }
    }

    @Test
    void stopsAFollowerThatHasWhatTheNewLeaderLost() throws Exception {
        try (DatabaseServer first = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer second = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 3);
                CuttableLink address = new CuttableLink(first.port());
                MillraceNode millrace = new MillraceNode(address.port(), List.of(), List.of(FollowerEntry.of("copy", follower)))) {
            replicate(first, second);
            first.execute("CREATE DATABASE a", "CREATE TABLE a.t (id INT PRIMARY KEY)", "INSERT INTO a.t VALUES (1)");
            second.value("SELECT WAIT_FOR_EXECUTED_GTID_SET('" + first.value("SELECT @@global.gtid_executed") + "', 60)");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            second.execute("STOP SLAVE", "RESET SLAVE ALL");
            first.execute("INSERT INTO a.t VALUES (2)");
            millrace.awaitCaughtUp("copy", first, PATIENCE);
            String lost = uuid(first);
            first.kill();
            address.pointTo(second.port());
            address.cut();
            address.mend();
            String detail = millrace.awaitStopped("copy", PATIENCE).getString("detail");
            assertThat(detail).contains("has applied transactions of the former leader " + lost).contains(lost + ":4").contains("replace: true");
            assertThat(follower.value("SELECT COUNT(*) FROM a.t")).isEqualTo("2");
        }
    }

    private static String uuid(DatabaseServer server) throws Exception {
        return server.value("SELECT @@server_uuid");
    }

    private static void replicate(DatabaseServer from, DatabaseServer to) throws Exception {
        to.execute("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = " + from.port() + ", MASTER_USER = '" + DatabaseServer.REPLICATION
                + "', MASTER_PASSWORD = '" + DatabaseServer.PASSWORD + "', MASTER_AUTO_POSITION = 1, GET_MASTER_PUBLIC_KEY = 1", "START SLAVE");
    }
}
