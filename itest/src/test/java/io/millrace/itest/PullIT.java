package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.Coordinates;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.NativeReplica;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.ManyTypes;
import io.millrace.itest.workload.PreparedInTurn;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
            ManyTypes types = new ManyTypes(leader).prepare();
            types.write(1);
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            NativeReplica replica = new NativeReplica(follower);
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
            assertThat(millrace.log()).contains("the replica is seeded again");
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
}
