package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    /** Where nobody knows what it has, the log of the new leader begins where it still has it. */
    @Test
    void waitsForAFollowerThatIsAwayWhenAnotherServerBegins() throws Exception {
        try (DatabaseServer first = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer second = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                DatabaseServer here = DatabaseServer.start(ServerKind.MYSQL_80, 3);
                DatabaseServer away = DatabaseServer.start(ServerKind.MYSQL_80, 4);
                CuttableLink address = new CuttableLink(first.port());
                MillraceNode millrace = new MillraceNode(address.port(), List.of(), List.of(FollowerEntry.of("here", here),
                        FollowerEntry.of("away", away)))) {
            replicate(first, second);
            first.execute("CREATE DATABASE a", "CREATE TABLE a.t (id INT PRIMARY KEY)", "INSERT INTO a.t VALUES (1)");
            millrace.start();
            millrace.awaitCaughtUp("here", first, PATIENCE);
            millrace.awaitCaughtUp("away", first, PATIENCE);
            away.kill();
            first.execute("INSERT INTO a.t VALUES (2)");
            millrace.awaitCaughtUp("here", first, PATIENCE);
            second.value("SELECT WAIT_FOR_EXECUTED_GTID_SET('" + first.value("SELECT @@global.gtid_executed") + "', 60)");
            first.kill();
            second.execute("STOP SLAVE", "RESET SLAVE ALL", "FLUSH BINARY LOGS", "INSERT INTO a.t VALUES (3)");
            address.pointTo(second.port());
            address.cut();
            address.mend();
            millrace.awaitCaughtUp("here", second, PATIENCE);
            away.start();
            millrace.awaitCaughtUp("away", second, PATIENCE);
            assertThat(TableContents.differences(second, away)).isEmpty();
            assertThat(millrace.wholeLog()).containsOnlyOnce("snapshot taken");
        }
    }

    /** Somebody may want to promote it. */
    @Test
    void bringsAFollowerAsFarAsTheLogOfALeaderThatIsGone() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE a", "CREATE TABLE a.t (id INT PRIMARY KEY)", "INSERT INTO a.t VALUES (1)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            follower.kill();
            leader.execute("INSERT INTO a.t VALUES (2)");
            millrace.awaitDurable(leader, PATIENCE);
            millrace.kill();
            leader.kill();
            follower.start();
            millrace.start();
            follower.await("SELECT COUNT(*) FROM a.t", "2", PATIENCE);
            leader.start();
            leader.execute("INSERT INTO a.t VALUES (3)");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    /** It is looked at again now and then, since a restart would stop the others, too. */
    @Test
    void goesOnWithAFollowerThatAPersonHasMended() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE a", "CREATE TABLE a.t (id INT PRIMARY KEY)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            follower.execute("INSERT INTO a.t VALUES (7)");
            leader.execute("INSERT INTO a.t VALUES (7)");
            assertThat(millrace.awaitStopped("copy", PATIENCE).getString("detail")).contains("Duplicate", "(127.0.0.1:" + follower.port() + ")",
                    "between binlog.", "it goes on by itself within 1 min");
            String[] problems = {"status", "--problems", "--config", millrace.config().toString()};
            assertThatThrownBy(() -> millrace.run(problems)).hasMessageContaining("channel main, follower copy: stopped")
                    .hasMessageContaining("Duplicate");
            follower.execute("DELETE FROM a.t WHERE id = 7");
            follower.await("SELECT COUNT(*) FROM a.t", "1", PATIENCE);
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            assertThat(millrace.run(problems)).isEmpty();
            assertThat(TableContents.differences(leader, follower)).isEmpty();
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
