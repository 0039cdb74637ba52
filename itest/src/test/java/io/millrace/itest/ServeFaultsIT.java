package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.Coordinates;
import io.millrace.itest.server.CuttableLink;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.Installation;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.NativeReplica;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import io.millrace.itest.workload.MixedWorkload.Extra;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.sql.SQLSyntaxErrorException;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to replicas when things go wrong. */
class ServeFaultsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** Bytes in a second: less than the load writes. */
    private static final long SLOW = 32 * 1024;

    @Test
    void losesNothingForReplicasWhateverDiesAndServesWithoutALeader() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer server = DatabaseServer.start(ServerKind.MYSQL_80, 2, "--relay-log-recovery=ON", "--slave-parallel-workers=4",
                        "--slave-parallel-type=LOGICAL_CLOCK", "--slave-preserve-commit-order=ON", "--log-slave-updates=ON");
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of());
                CuttableLink link = new CuttableLink(millrace.servePort())) {
            millrace.start().awaitServing(PATIENCE);
            NativeReplica replica = new NativeReplica(server);
            BinlogCoordinates start = replica.startFrom(leader);
            replica.replicate(new NativeReplica.Source(link.port(), DatabaseServer.REPLICATION, DatabaseServer.PASSWORD, true, false), start);
            try (MixedWorkload load = new MixedWorkload(leader, new MixedWorkload.Options(4, 2, Set.of(Extra.DDL, Extra.KEYLESS), true))) {
                load.prepare();
                load.start();
                awaitProgress(load, server);
                millrace.kill();
                millrace.start();
                awaitProgress(load, server);
                server.kill();
                server.start();
                awaitProgress(load, server);
                leader.kill();
                leader.start();
                awaitProgress(load, server);
                link.slowTo(SLOW);
                awaitProgress(load, server);
                link.cut();
                link.slowTo(Long.MAX_VALUE);
                link.mend();
                awaitProgress(load, server);
                load.stop();
            }
            replica.awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, server)).isEmpty();
            replica.stop();
            leader.execute("CREATE DATABASE late", "CREATE TABLE late.t (id INT PRIMARY KEY)", "INSERT INTO late.t VALUES (1)");
            millrace.awaitDurable(leader, PATIENCE);
            millrace.kill();
            leader.kill();
            millrace.start();
            server.execute("START SLAVE");
            server.await("SELECT COUNT(*) FROM late.t", "1", PATIENCE);
        }
    }

    /** What was hurt is at work again. */
    private static void awaitProgress(MixedWorkload load, DatabaseServer server) throws Exception {
        load.awaitTransactions(300);
        long before = counted(server);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (counted(server) <= before) {
            assertThat(System.nanoTime()).as("the replica goes on").isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private static long counted(DatabaseServer server) throws SQLException {
        try {
            String sum = server.value("SELECT SUM(n) FROM shop.counter");
            return sum.isEmpty() ? 0 : Long.parseLong(sum);
        } catch (SQLSyntaxErrorException e) {
            return 0; // Its table has yet to come.
        }
    }

    @Test
    void stopsWhereAMariaDbReplicaWantsTo() throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(ServerKind.MARIADB_118)).isTrue();
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MARIADB_118, 1);
                DatabaseServer server = DatabaseServer.start(ServerKind.MARIADB_118, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of())) {
            millrace.start().awaitServing(PATIENCE);
            NativeReplica replica = new NativeReplica(server);
            BinlogCoordinates start = replica.startFrom(leader);
            replica.replicate(millrace.source(true, false), start);
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (1)");
            replica.awaitCaughtUp(leader, PATIENCE);
            replica.stop();
            leader.execute("INSERT INTO d.t VALUES (2)", "FLUSH BINARY LOGS", "INSERT INTO d.t VALUES (3)");
            String until = leader.value("SELECT @@gtid_binlog_pos");
            leader.execute("INSERT INTO d.t VALUES (4)");
            millrace.awaitDurable(leader, PATIENCE);
            for (int again = 0; again < 2; again++) {
                server.execute("START SLAVE UNTIL master_gtid_pos = '" + until + "'");
                server.await("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'system user'", "0", PATIENCE);
                assertThat(server.value("SELECT MAX(id) FROM d.t")).isEqualTo("3");
                assertThat(replica.status("Last_IO_Error") + replica.status("Last_SQL_Error")).isEmpty();
            }
            String before = leader.value("SELECT @@gtid_binlog_pos");
            millrace.awaitDurable(leader, PATIENCE);
            server.execute("START SLAVE UNTIL SQL_BEFORE_GTIDS = '" + before + "'");
            server.await("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'system user'", "0", PATIENCE);
            assertThat(server.value("SELECT MAX(id) FROM d.t")).as("not the one that is named").isEqualTo("3");
            server.execute("START SLAVE");
            replica.awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, server)).isEmpty();
        }
    }

    @Test
    void letsAnAdminPurgeWhatNobodyNeedsAndTellsAReplicaThatComesTooLate() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer server = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of());
                CuttableLink link = new CuttableLink(millrace.servePort())) {
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("accounts: [{", "accounts: [{admin: true, "));
            millrace.start().awaitServing(PATIENCE);
            NativeReplica replica = new NativeReplica(server);
            BinlogCoordinates start = replica.startFrom(leader);
            replica.replicate(new NativeReplica.Source(link.port(), DatabaseServer.REPLICATION, DatabaseServer.PASSWORD, true, false), start);
            leader.execute("CREATE DATABASE d", "FLUSH BINARY LOGS", "CREATE TABLE d.t (id INT PRIMARY KEY)",
                    "CREATE TABLE d.large (id INT PRIMARY KEY, v LONGTEXT)");
            replica.awaitCaughtUp(leader, PATIENCE);
            keepsWhatAReplicaIsStillSent(leader, millrace, link);
            replica.awaitCaughtUp(leader, PATIENCE);
            JsonObject seen = millrace.status().orElseThrow().getJsonArray("replicas").getJsonObject(0);
            assertThat(seen.getBoolean("managed")).isFalse();
            assertThat(seen.getLong("serverId")).isEqualTo(2);
            replica.stop();
            leader.execute("INSERT INTO d.t VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO d.t VALUES (2)");
            millrace.awaitDurable(leader, PATIENCE);
            try (Connection connection = Sql.connect(millrace.servePort(), DatabaseServer.PASSWORD);
                    Statement statement = connection.createStatement()) {
                statement.execute("STOP REPLICA");
                leader.execute("INSERT INTO d.t VALUES (3)");
                assertThat(Sql.row(statement, "SHOW SLAVE STATUS", "Slave_IO_Running")).isEqualTo("No");
                statement.execute("START REPLICA");
                millrace.awaitDurable(leader, PATIENCE);
                Sql.assertError(statement, "PURGE BINARY LOGS TO 'binlog.000099'", 1373);
                statement.execute("PURGE BINARY LOGS TO 'binlog.000005'");
                assertThat(Sql.first(statement, "SHOW BINARY LOGS")).isEqualTo("binlog.000005");
                statement.execute("PURGE BINARY LOGS BEFORE NOW() - INTERVAL 1 DAY");
                assertThat(Sql.first(statement, "SHOW BINARY LOGS")).isEqualTo("binlog.000005");
                statement.execute("PURGE BINARY LOGS BEFORE NOW()");
                assertThat(Coordinates.end(leader)).startsWith(Sql.first(statement, "SHOW BINARY LOGS") + ":");
            }
            server.execute("START SLAVE");
            server.await("SELECT LAST_ERROR_NUMBER FROM performance_schema.replication_connection_status", "13114", PATIENCE);
            assertThat(replica.status("Last_IO_Error")).contains("purged required binary logs");
        }
    }

    /** Its link is slow, so that it is still in the file before the last when that is to be purged. */
    private static void keepsWhatAReplicaIsStillSent(DatabaseServer leader, MillraceNode millrace, CuttableLink link) throws Exception {
        link.slowTo(SLOW);
        leader.execute("INSERT INTO d.large VALUES (1, REPEAT('x', 20000000))", "FLUSH BINARY LOGS", "DELETE FROM d.large", "FLUSH BINARY LOGS");
        millrace.awaitDurable(leader, PATIENCE);
        try (Connection connection = Sql.connect(millrace.servePort(), DatabaseServer.PASSWORD); Statement statement = connection.createStatement()) {
            statement.execute("PURGE BINARY LOGS TO 'binlog.000002'");
            Sql.assertError(statement, "PURGE BINARY LOGS TO 'binlog.000004'", 1378);
            assertThat(Sql.first(statement, "SHOW BINARY LOGS")).isEqualTo("binlog.000002");
        }
        link.slowTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @EnumSource(value = ServerKind.class, names = {"MYSQL_97", "MARIADB_1011"})
    void acknowledgesToTheLeaderAndCountsWhatReplicasAcknowledge(ServerKind kind) throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(kind)).as(kind + " has the plugin").isTrue();
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer server = DatabaseServer.start(kind, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(), "  semiSync: true")) {
            String source = kind.isMariaDb() ? "master" : "source";
            if (!kind.isMariaDb()) {
                leader.execute("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'");
            }
            leader.execute("SET GLOBAL rpl_semi_sync_" + source + "_timeout = " + PATIENCE.toMillis(),
                    "SET GLOBAL rpl_semi_sync_" + source + "_enabled = ON");
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("heartbeat: 1s", "heartbeat: 1s\n      semiSync: true"));
            millrace.start().awaitServing(PATIENCE);
            leader.await(status(kind, "Rpl_semi_sync_" + source + "_clients"), "1", PATIENCE);
            server.execute(kind.isMariaDb()
                    ? "SET GLOBAL rpl_semi_sync_slave_enabled = ON"
                    : "INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'");
            if (!kind.isMariaDb()) {
                server.execute("SET GLOBAL rpl_semi_sync_replica_enabled = ON");
            }
            NativeReplica replica = new NativeReplica(server);
            BinlogCoordinates start = replica.startFrom(leader);
            replica.replicate(millrace.source(true, false), start);
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)");
            for (int i = 0; i < 300; i++) {
                leader.execute("INSERT INTO d.t VALUES (" + i + ")");
            }
            replica.awaitCaughtUp(leader, PATIENCE);
            String end = Coordinates.end(leader);
            assertThat(server.value(status(kind, "Rpl_semi_sync_" + (kind.isMariaDb() ? "slave" : "replica") + "_status"))).isEqualTo("ON");
            assertThat(Integer.parseInt(leader.value(status(kind, "Rpl_semi_sync_" + source + "_yes_tx")))).isGreaterThanOrEqualTo(300);
            assertThat(leader.value(status(kind, "Rpl_semi_sync_" + source + "_no_tx"))).isEqualTo("0");
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!isAcknowledged(millrace.status().orElseThrow(), end)) { // The word of it comes after the replica has applied it, perhaps.
                assertThat(System.nanoTime()).as("acknowledged: " + millrace.status()).isLessThan(deadline);
                Thread.sleep(20);
            }
            assertThat(TableContents.differences(leader, server)).isEmpty();
        }
    }

    private static boolean isAcknowledged(JsonObject seen, String end) {
        return Coordinates.compare(seen.getJsonObject("receiver").getString("acknowledged", "none.000000:4"), end) == 0
                && Coordinates.compare(seen.getJsonArray("replicas").getJsonObject(0).getString("acknowledged", "none.000000:4"), end) == 0;
    }

    private static String status(ServerKind kind, String name) {
        return "SELECT VARIABLE_VALUE FROM " + (kind.isMariaDb() ? "information_schema.GLOBAL_STATUS" : "performance_schema.global_status")
                + " WHERE VARIABLE_NAME = '" + name + "'";
    }

}
