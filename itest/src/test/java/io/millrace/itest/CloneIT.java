package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.NativeReplica;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Followers that copy the leader by MySQL's clone plugin. Nothing looks after the servers here: each test starts what has shut down. */
class CloneIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String INSTALL = "INSTALL PLUGIN clone SONAME 'mysql_clone.so'";
    private static final String COPYING = "SELECT STATE FROM performance_schema.clone_progress WHERE STAGE = 'FILE COPY'";
    private static final int SLOW = 10;

    @BeforeAll
    static void needsThePlugin() {
        Assumptions.assumeTrue(Servers.installed().contains(ServerKind.MYSQL_97), "MySQL 9.7, which alone has its plugins here, is not installed");
    }

    private static DatabaseServer server(int id) throws Exception {
        DatabaseServer server = DatabaseServer.start(ServerKind.MYSQL_97, id, "--event-scheduler=OFF");
        server.execute(INSTALL);
        return server;
    }

    private static MillraceNode millrace(DatabaseServer leader, DatabaseServer follower, String... more) throws IOException {
        String[] settings = new String[more.length + 1];
        settings[0] = "seed: clone";
        System.arraycopy(more, 0, settings, 1, more.length);
        return MillraceNode.serving(leader.port(), List.of(MillraceNode.FollowerEntry.of("copy", follower, settings)), "snapshot: {users: true}");
    }

    private static String detail(JsonObject status) {
        return status.getString("detail");
    }

    /** When the clone is through the server shuts down, and whoever looks after it starts it. */
    private static void startAgain(MillraceNode millrace, DatabaseServer follower) throws Exception {
        millrace.await("copy", status -> detail(status).contains("start it"), PATIENCE);
        follower.awaitEnd(PATIENCE);
        follower.start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"apply: replay", "apply: sql", "feed: pull"})
    void followsFromTheCoordinatesOfTheCloneThatWasMadeUnderLoad(String how) throws Exception {
        try (DatabaseServer leader = server(1);
                DatabaseServer follower = server(2);
                MillraceNode millrace = millrace(leader, follower, how);
                MixedWorkload load = new MixedWorkload(leader, new MixedWorkload.Options(4, 20, Set.of(), false)).prepare()) {
            leader.execute("CREATE DATABASE more", "CREATE TABLE more.t (id INT PRIMARY KEY, n INT)", "CREATE TABLE more.log (id INT)",
                    "CREATE TRIGGER more.`größe` AFTER INSERT ON more.t FOR EACH ROW INSERT INTO more.log VALUES (NEW.id)",
                    "CREATE EVENT more.daily ON SCHEDULE EVERY 1 DAY STARTS CURRENT_TIMESTAMP + INTERVAL 1 DAY DO INSERT INTO more.log VALUES (0)",
                    "INSERT INTO more.t VALUES (1, 1)");
            load.start();
            load.awaitTransactions(200);
            millrace.start();
            startAgain(millrace, follower);
            leader.execute("INSERT INTO more.t VALUES (2, 2)");
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            load.awaitTransactions(200);
            load.stop();
            awaitCaughtUp(millrace, leader, follower, how);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(follower.value("SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_NAME = 'daily'")).contains("DISABLED");
            assertThat(follower.value("SELECT COUNT(*) FROM more.log")).as("the trigger fired on the leader alone").isEqualTo("2");
        }
    }

    private static void awaitCaughtUp(MillraceNode millrace, DatabaseServer leader, DatabaseServer follower, String how) throws Exception {
        if (how.equals("feed: pull")) {
            new NativeReplica(follower).awaitCaughtUp(leader, PATIENCE);
        } else {
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
        }
    }

    /** It is in the copied files, and in the log before the coordinates. */
    @ParameterizedTest
    @ValueSource(strings = {"apply: replay", "feed: pull"})
    void commitsWhatWasPreparedWhenTheCloneWasMade(String how) throws Exception {
        try (DatabaseServer leader = server(1);
                DatabaseServer follower = server(2);
                MillraceNode millrace = millrace(leader, follower, how)) {
            leader.execute("CREATE DATABASE two", "CREATE TABLE two.phases (id INT PRIMARY KEY, b CHAR(20))");
            follower.execute("SET GLOBAL clone_max_data_bandwidth = " + SLOW);
            millrace.start();
            follower.await(COPYING, "In Progress", PATIENCE);
            for (String xid : List.of("'commits'", "'rolls', 'back'")) {
                leader.execute("XA START " + xid, "INSERT INTO two.phases VALUES (" + xid.length() + ", 'prepared')", "XA END " + xid,
                        "XA PREPARE " + xid);
            }
            assertThat(follower.value(COPYING)).as("while it is cloned").isEqualTo("In Progress");
            follower.execute("SET GLOBAL clone_max_data_bandwidth = 0");
            startAgain(millrace, follower);
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            leader.execute("XA COMMIT 'commits'", "XA ROLLBACK 'rolls', 'back'", "INSERT INTO two.phases VALUES (100, 'after')");
            awaitCaughtUp(millrace, leader, follower, how);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(follower.value("SELECT COUNT(*) FROM two.phases")).isEqualTo("2");
        }
    }

    @Test
    void goesOnOrBeginsAgainWhoeverDiesMeanwhile() throws Exception {
        try (DatabaseServer leader = server(1);
                DatabaseServer follower = server(2);
                MillraceNode millrace = millrace(leader, follower)) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)", "INSERT INTO shop.item VALUES (1)");
            follower.execute("SET GLOBAL clone_max_data_bandwidth = " + SLOW);
            millrace.start();
            millrace.await("copy", status -> detail(status).startsWith("cloning"), PATIENCE);
            follower.await(COPYING, "In Progress", PATIENCE);
            follower.kill();
            leader.execute("INSERT INTO shop.item VALUES (2)");
            follower.start();
            follower.execute("SET GLOBAL clone_max_data_bandwidth = " + SLOW);
            millrace.await("copy", status -> detail(status).startsWith("cloning"), PATIENCE);
            follower.await(COPYING, "In Progress", PATIENCE);
            millrace.kill();
            leader.execute("INSERT INTO shop.item VALUES (3)");
            millrace.start();
            startAgain(millrace, follower);
            leader.execute("INSERT INTO shop.item VALUES (4)");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            millrace.kill();
            leader.execute("INSERT INTO shop.item VALUES (5)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(follower.value("SELECT COUNT(*) FROM shop.item")).isEqualTo("5");
            assertThat(millrace.wholeLog()).as("cloned only once through").containsOnlyOnce("the follower was cloned");
        }
    }

    @Test
    void refusesBeforeAnythingIsLostAndSaysWhatMendsIt() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_97, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_97, 2);
                MillraceNode kept = millrace(leader, follower);
                MillraceNode millrace = millrace(leader, follower, "replace: true")) {
            follower.execute("CREATE DATABASE old");
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.old (id INT) ENGINE = MyISAM",
                    "REVOKE XA_RECOVER_ADMIN ON *.* FROM '" + DatabaseServer.ADMIN + "'@'%'",
                    "REVOKE BACKUP_ADMIN ON *.* FROM '" + DatabaseServer.REPLICATION + "'@'%'");
            assertThat(detail(kept.start().awaitStopped("copy", PATIENCE))).contains("schemas old").contains("replace: true");
            assertThat(detail(millrace.start().awaitStopped("copy", PATIENCE))).contains("no clone plugin: " + INSTALL + ";");
            assertThat(follower.value("SHOW DATABASES LIKE 'old'")).as("not touched").isEqualTo("old");
            assertThat(PreflightIT.failure(millrace, "check", "--config", millrace.config().toString())).contains("The leader has no clone plugin")
                    .contains("The follower copy has no clone plugin").contains("GRANT BACKUP_ADMIN ON *.* TO 'millrace'@'%';")
                    .contains("SET PERSIST event_scheduler = OFF; on the follower").contains("shop.old (MyISAM)")
                    .contains("GRANT XA_RECOVER_ADMIN ON *.* TO '" + DatabaseServer.ADMIN + "'@'%'; on the leader");
        }
    }
}
