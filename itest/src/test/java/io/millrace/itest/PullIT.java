package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.Coordinates;
import io.millrace.itest.server.CuttableLink;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.NativeReplica;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.ManyTypes;
import io.millrace.itest.workload.PreparedInTurn;
import java.time.Duration;
import java.net.ServerSocket;
import java.net.InetAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Followers that are native replicas, set up by one block of the configuration. */
class PullIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void makesAnEmptyServerALiveReplicaThatLooksAfterItself(ServerKind kind) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(MillraceNode.FollowerEntry.of("copy", follower, "feed: pull")),
                        "snapshot: {users: true}")) { // Accounts are in the log, and a replica applies all of it.
            leader.execute("CREATE DATABASE gone", "CREATE TABLE gone.t (id INT)", "CREATE USER 'left'@'%'", "GRANT SELECT ON gone.t TO 'left'@'%'",
                    "DROP TABLE gone.t", // The grant stays.
                    "CREATE USER 'app'@'%' IDENTIFIED BY 'new'", "GRANT SELECT ON *.* TO 'app'@'%'", "SET collation_connection = utf8mb4_bin",
                    "CREATE FUNCTION gone.f() RETURNS INT DETERMINISTIC RETURN 'a' = 'A'");
            follower.execute("CREATE USER 'app'@'%' IDENTIFIED BY 'old'", "GRANT ALL ON *.* TO 'app'@'%' WITH GRANT OPTION");
            if (kind.isMariaDb()) {
                leader.execute("CREATE ROLE reader", "GRANT SELECT ON *.* TO reader", "GRANT reader TO 'left'@'%'");
            }
            if (kind == ServerKind.MYSQL_80 || kind == ServerKind.MYSQL_97) {
                leader.execute("CREATE ROLE looker", "GRANT looker TO 'app'@'%'", "SET DEFAULT ROLE looker TO 'app'@'%'");
                follower.execute("CREATE ROLE other", "GRANT other TO 'app'@'%'");
            }
            ManyTypes types = new ManyTypes(leader).prepare();
            types.write(1);
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            NativeReplica replica = new NativeReplica(follower);
            for (String same : List.of("SHOW CREATE USER 'app'@'%'", "SHOW GRANTS FOR 'app'@'%'", "SELECT gone.f()")) {
                assertThat(follower.value(same)).isEqualTo(leader.value(same));
            }
            types.write(11);
            types.define(1);
            types.twoPhases(1);
            replica.awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).as("live").isEmpty();
            if (kind == ServerKind.MYSQL_80 || kind == ServerKind.MYSQL_97) { // Another leader's channel beside ours, which cannot connect.
                follower.execute(kind == ServerKind.MYSQL_80
                        ? "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1 FOR CHANNEL 'another'"
                        : "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1 FOR CHANNEL 'another'");
            }
            millrace.kill();
            follower.kill();
            types.write(21);
            follower.start();
            millrace.start();
            types.write(31);
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            replica.awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).as("after both died").isEmpty();
            assertThat(replica.status("Source_User")).isEqualTo("millrace-copy");
        }
    }

    @Test
    void seedsAgainWhatComesTooLateForTheLog() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower, "feed: pull", "replace: true")))) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)", "INSERT INTO shop.item VALUES (1)");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.kill();
            leader.execute("INSERT INTO shop.item VALUES (2)", "FLUSH BINARY LOGS", "INSERT INTO shop.item VALUES (3)");
            String end = Coordinates.end(leader);
            leader.execute("PURGE BINARY LOGS TO '" + end.substring(0, end.indexOf(':')) + "'");
            DatabaseServer.delete(millrace.relay(leader.value("SELECT @@server_uuid")));
            millrace.start();
            follower.await("SELECT COUNT(*) FROM shop.item", "3", PATIENCE);
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            leader.execute("INSERT INTO shop.item VALUES (4)");
            new NativeReplica(follower).awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(millrace.wholeLog()).contains("the replica is seeded again");
        }
    }

    /** Its rows are in no table when the snapshot is taken, and its GTID is executed: the replica must be sent it all the same. */
    @Test
    void commitsWhatWasPreparedWhenTheSnapshotWasTaken() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(MillraceNode.FollowerEntry.of("copy", follower, "feed: pull")),
                        "snapshot: {lock: all}")) {
            leader.execute("CREATE DATABASE two", "CREATE TABLE two.phases (id INT PRIMARY KEY, b CHAR(200))");
            AtomicBoolean writing = new AtomicBoolean(true);
            CompletableFuture<Integer> writer = CompletableFuture.supplyAsync(() -> PreparedInTurn.write(leader, writing));
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            assertThat(millrace.newestManifest().getJsonObject("preparedXa")).isNotEmpty();
            writing.set(false);
            assertThat(writer.get(1, TimeUnit.MINUTES)).isPositive();
            new NativeReplica(follower).awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    /** Whoever makes a leader of it ends its replication: what is written there from then on must neither be replaced nor mixed with ours. */
    @ParameterizedTest
    @EnumSource(value = ServerKind.class, names = {"MYSQL_80", "MARIADB_1011"})
    void leavesAReplicaAloneThatSomebodyPromoted(ServerKind kind) throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(kind), kind + " is not installed");
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower, "feed: pull", "replace: true")))) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)", "INSERT INTO shop.item VALUES (1)");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            follower.await("SELECT COUNT(*) FROM millrace.attached", "1", PATIENCE);
            follower.execute("STOP SLAVE", "RESET SLAVE ALL");
            assertThat(millrace.awaitStopped("copy", PATIENCE).getString("detail")).contains("was pointed nowhere by somebody else");
            follower.execute("CREATE DATABASE promoted", "CREATE TABLE promoted.t (id INT PRIMARY KEY)", "INSERT INTO promoted.t VALUES (1)");
            millrace.kill();
            millrace.start();
            assertThat(millrace.awaitStopped("copy", PATIENCE).getString("detail")).contains("until somebody ended that", "DROP TABLE IF EXISTS");
            assertThat(follower.value("SELECT COUNT(*) FROM promoted.t")).isEqualTo("1");
            millrace.kill();
            follower.execute("STOP SLAVE", "RESET SLAVE ALL", "DROP TABLE IF EXISTS millrace.attached");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            leader.execute("INSERT INTO shop.item VALUES (2)");
            new NativeReplica(follower).awaitCaughtUp(leader, PATIENCE);
            assertThat(follower.value("SELECT COUNT(*) FROM shop.item")).isEqualTo("2");
        }
    }

    /** Its checkpoint is up to ten seconds behind what it remembers by GTID. */
    @Test
    void goesOnWithoutApplyingAnythingTwiceWhereMillraceFedItBefore() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2)) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)", "INSERT INTO shop.item VALUES (1)");
            try (MillraceNode pushing = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
                pushing.start();
                pushing.awaitCaughtUp("copy", leader, PATIENCE);
                for (int id = 2; id < 40; id++) {
                    leader.execute("INSERT INTO shop.item VALUES (" + id + ")");
                }
                pushing.awaitCaughtUp("copy", leader, PATIENCE);
                pushing.kill();
            }
            try (MillraceNode millrace = MillraceNode.serving(leader.port(),
                    List.of(MillraceNode.FollowerEntry.of("copy", follower, "feed: pull")))) {
                millrace.start();
                millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
                leader.execute("INSERT INTO shop.item VALUES (40)");
                new NativeReplica(follower).awaitCaughtUp(leader, PATIENCE);
                assertThat(TableContents.differences(leader, follower)).isEmpty();
            }
        }
    }

    /** It may have come to us from the leader itself, while we were cut off. */
    @Test
    void waitsForALogThatIsBehindTheReplicaInsteadOfReplacingIt() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                CuttableLink link = new CuttableLink(leader.port());
                MillraceNode millrace = MillraceNode.serving(link.port(),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower, "feed: pull", "replace: true")))) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)", "INSERT INTO shop.item VALUES (1)");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            link.cut();
            leader.execute("INSERT INTO shop.item VALUES (2)");
            String uuid = leader.value("SELECT @@server_uuid");
            String last = leader.value("SELECT SUBSTRING_INDEX(@@global.gtid_executed, '-', -1)");
            follower.execute("STOP SLAVE", "SET GTID_NEXT = '" + uuid + ":" + last + "'; INSERT INTO shop.item VALUES (2); SET GTID_NEXT = AUTOMATIC",
                    "START SLAVE");
            millrace.await("copy", status -> status.getString("state").equals("waiting"), PATIENCE);
            link.mend();
            leader.execute("INSERT INTO shop.item VALUES (3)");
            follower.await("SELECT COUNT(*) FROM shop.item", "3", PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(millrace.wholeLog()).doesNotContain("the replica is seeded again");
        }
    }

    @ParameterizedTest
    @EnumSource(value = ServerKind.class, names = {"MYSQL_80", "MARIADB_1011"})
    void comesAlongWhereMillraceHasAnotherPort(ServerKind kind) throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(kind), kind + " is not installed");
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(MillraceNode.FollowerEntry.of("copy", follower, "feed: pull")))) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)", "INSERT INTO shop.item VALUES (1)");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.kill();
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("port: " + millrace.servePort(), "port: " + freePort()));
            leader.execute("INSERT INTO shop.item VALUES (2)");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            follower.await("SELECT COUNT(*) FROM shop.item", "2", PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void getsItsPasswordAgainWhereOursWasMadeAnew() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(MillraceNode.FollowerEntry.of("copy", follower, "feed: pull")))) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)", "INSERT INTO shop.item VALUES (1)");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.kill();
            DatabaseServer.delete(millrace.data());
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            leader.execute("INSERT INTO shop.item VALUES (2)");
            new NativeReplica(follower).awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }
}
