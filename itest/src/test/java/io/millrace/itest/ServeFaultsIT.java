package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import com.mysql.cj.jdbc.JdbcConnection;
import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.Coordinates;
import io.millrace.itest.server.CuttableLink;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.Installation;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.NativeReplica;
import io.millrace.itest.server.Programs;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import io.millrace.itest.workload.MixedWorkload.Extra;
import io.vertx.core.json.JsonObject;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to replicas and other clients when things go wrong, and what others' clients get. */
class ServeFaultsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** Bytes in a second: less than the load writes. */
    private static final long SLOW = 32 * 1024;

    @TempDir
    private Path folder;

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
                load.awaitTransactions(300);
                millrace.kill();
                millrace.start();
                load.awaitTransactions(300);
                server.kill();
                server.start();
                load.awaitTransactions(300);
                leader.kill();
                leader.start();
                load.awaitTransactions(300);
                link.slowTo(SLOW);
                load.awaitTransactions(300);
                link.cut();
                link.slowTo(Long.MAX_VALUE);
                link.mend();
                load.awaitTransactions(300);
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

    @Test
    void givesMysqlbinlogTheLeadersFilesByteForByte() throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(ServerKind.MYSQL_97)).as("MySQL 9.7 brings mysqlbinlog").isTrue();
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_97, 1);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of())) {
            leader.execute("SET GLOBAL max_allowed_packet = 1073741824", "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v LONGBLOB)",
                    "INSERT INTO d.t VALUES (1, REPEAT('x', 100))");
            millrace.start().awaitServing(PATIENCE);
            for (int i = 2; i < 5; i++) {
                leader.execute("INSERT INTO d.t VALUES (" + i + ", REPEAT('y', " + (i * 9_000_000) + "))", "FLUSH BINARY LOGS");
            }
            millrace.awaitDurable(leader, PATIENCE);
            List<String> command = new ArrayList<>(Installation.of(ServerKind.MYSQL_97).program("mysqlbinlog"));
            command.addAll(List.of("--no-defaults", "--read-from-remote-server", "--raw", "--to-last-log", "--host=127.0.0.1",
                    "--port=" + millrace.servePort(), "--user=" + DatabaseServer.REPLICATION, "--password=" + DatabaseServer.PASSWORD,
                    "--result-file=" + folder + "/", "binlog.000001"));
            Programs.run(command);
            for (int i = 1; i < 4; i++) {
                Path copy = folder.resolve("binlog.00000" + i);
                assertThat(Files.mismatch(leader.data().resolve("binlog.00000" + i), copy)).as(copy.toString()).isEqualTo(-1);
            }
        }
    }

    @Test
    void answersEverybodysClientsAndRefusesStrangers() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of())) {
            millrace.start().awaitServing(PATIENCE);
            leader.execute("CREATE DATABASE d");
            millrace.awaitDurable(leader, PATIENCE);
            try (Connection connection = connect(millrace.servePort(), DatabaseServer.PASSWORD);
                    Statement statement = connection.createStatement()) {
                assertThat(connection.getMetaData().getDatabaseProductVersion()).isEqualTo(leader.value("SELECT @@version"));
                assertThat(first(statement, "SELECT @@server_uuid")).isEqualTo(leader.value("SELECT @@server_uuid"));
                assertThat(first(statement, "SELECT @@gtid_executed")).isEqualTo(leader.value("SELECT @@gtid_executed"));
                assertThat(first(statement, "SHOW MASTER STATUS")).isEqualTo("binlog.000001");
                assertThat(first(statement, "SHOW SLAVE STATUS")).startsWith("Waiting");
                assertError(statement, "DROP DATABASE d", 1064);
                assertError(statement, "SELECT @@nothing", 1193);
                assertThat(first(statement, "SELECT 1")).isEqualTo("1");
            }
            readsRowsWithAnotherProductsClient(leader, millrace);
            for (ServerKind kind : List.of(ServerKind.MYSQL_97, ServerKind.MARIADB_1011)) {
                if (Installation.isAvailable(kind)) {
                    List<String> client = new ArrayList<>(Installation.of(kind).program(kind.isMariaDb() ? "mariadb" : "mysql"));
                    client.addAll(List.of("--no-defaults", "--host=127.0.0.1", "--port=" + millrace.servePort(),
                            "--user=" + DatabaseServer.REPLICATION, "--password=" + DatabaseServer.PASSWORD, "--database=d", "--batch",
                            "--execute=SHOW BINARY LOGS; SELECT @@server_id; SHOW MASTER STATUS"));
                    assertThat(Programs.run(client)).as(kind.toString()).contains("binlog.000001").contains("@@server_id");
                }
            }
            assertRefused(millrace.servePort(), "wrong");
            assertRefused(millrace.servePort(), "");
        }
    }

    @Test
    void stopsWhereAMariaDbReplicaWantsTo() throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(ServerKind.MARIADB_1011)).isTrue();
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MARIADB_1011, 1);
                DatabaseServer server = DatabaseServer.start(ServerKind.MARIADB_1011, 2);
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
            server.execute("START SLAVE");
            replica.awaitCaughtUp(leader, PATIENCE);
            assertThat(TableContents.differences(leader, server)).isEmpty();
        }
    }

    /** One address for tools that need tables beside the stream: what is not about the log runs at the leader, under their own account there. */
    @ParameterizedTest
    @EnumSource(value = ServerKind.class, names = {"MYSQL_80", "MARIADB_1011"})
    void forwardsOtherStatementsToTheLeader(ServerKind kind) throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(kind)).as(kind.toString()).isTrue();
        try (DatabaseServer leader = DatabaseServer.start(kind, 1, "--max-allowed-packet=64M");
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(), "  forwardQueries: true")) {
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("accounts: [{",
                    "accounts: [{leaderUser: reader, leaderPassword: " + DatabaseServer.PASSWORD + ", "));
            leader.execute("CREATE DATABASE d CHARACTER SET utf8mb4", "CREATE TABLE d.t (id INT PRIMARY KEY, v LONGTEXT)", "CREATE DATABASE secret",
                    "CREATE USER reader@'%' IDENTIFIED BY '" + DatabaseServer.PASSWORD + "'", "GRANT SELECT, INSERT ON d.* TO reader@'%'",
                    "INSERT INTO d.t VALUES (1, REPEAT('ü', 10000000)), (2, NULL), (3, 'third')");
            millrace.start().awaitServing(PATIENCE);
            millrace.awaitDurable(leader, PATIENCE);
            try (Connection connection = connect(millrace.servePort(), DatabaseServer.PASSWORD);
                    Statement statement = connection.createStatement()) {
                statement.execute("USE d");
                assertThat(first(statement, "SELECT LENGTH(v) FROM t WHERE id = 1")).isEqualTo("20000000");
                assertThat(first(statement, "SELECT v FROM t WHERE id = 1")).hasSize(10_000_000).endsWith("ü");
                assertThat(first(statement, "SELECT COUNT(*) FROM t")).isEqualTo("3");
                assertError(statement, "SELECT * FROM secret.t", 1142);
                assertError(statement, "SELECT * FROM nothing", 1146);
                connection.setAutoCommit(false);
                statement.execute("INSERT INTO t VALUES (4, 'undone')");
                connection.rollback();
                assertThat(first(statement, "SELECT COUNT(*) FROM t")).isEqualTo("3");
                statement.execute("SET @mine = 5");
                assertThat(first(statement, "SELECT @mine + 1")).isEqualTo("6");
                assertThat(first(statement, "SHOW BINARY LOGS")).isEqualTo("binlog.000001");
                assertThat(first(statement, "SHOW SLAVE STATUS")).startsWith("Waiting");
                connection.unwrap(JdbcConnection.class).resetServerState();
                assertThat(first(statement, "SELECT CONCAT(COUNT(@mine), v) FROM t WHERE id = 3")).isEqualTo("0third");
                assertThat(first(statement, "SELECT RIGHT(v, 1) FROM t WHERE id = 1")).isEqualTo("ü");
            }
            leader.kill();
            try (Connection connection = connect(millrace.servePort(), DatabaseServer.PASSWORD);
                    Statement statement = connection.createStatement()) {
                assertThat(first(statement, "SELECT @@server_id")).isEqualTo("1");
                assertError(statement, "SELECT * FROM d.t", 1064);
            }
        }
    }

    private static void readsRowsWithAnotherProductsClient(DatabaseServer leader, MillraceNode millrace) throws Exception {
        BinaryLogClient client = new BinaryLogClient("127.0.0.1", millrace.servePort(), DatabaseServer.REPLICATION, DatabaseServer.PASSWORD);
        client.setServerId(77);
        client.setGtidSet("");
        BlockingQueue<Serializable> rows = new LinkedBlockingQueue<>();
        client.registerEventListener(event -> {
            if (event.getData() instanceof WriteRowsEventData written) {
                written.getRows().forEach(row -> rows.add(row[0]));
            }
        });
        client.connect(PATIENCE.toMillis());
        leader.execute("CREATE TABLE d.seen (id INT PRIMARY KEY)", "INSERT INTO d.seen VALUES (1), (2)", "INSERT INTO d.seen VALUES (3)");
        for (int id = 1; id <= 3; id++) {
            assertThat(rows.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(id);
        }
        client.disconnect();
    }

    @Test
    void letsAnAdminPurgeWhatNobodyNeedsAndTellsAReplicaThatComesTooLate() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer server = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of())) {
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("accounts: [{", "accounts: [{admin: true, "));
            millrace.start().awaitServing(PATIENCE);
            NativeReplica replica = new NativeReplica(server);
            BinlogCoordinates start = replica.startFrom(leader);
            replica.replicate(millrace.source(true, false), start);
            leader.execute("CREATE DATABASE d", "FLUSH BINARY LOGS", "CREATE TABLE d.t (id INT PRIMARY KEY)");
            replica.awaitCaughtUp(leader, PATIENCE);
            JsonObject seen = millrace.status().orElseThrow().getJsonArray("replicas").getJsonObject(0);
            assertThat(seen.getBoolean("managed")).isFalse();
            assertThat(seen.getLong("serverId")).isEqualTo(2);
            replica.stop();
            leader.execute("INSERT INTO d.t VALUES (1)", "FLUSH BINARY LOGS", "INSERT INTO d.t VALUES (2)");
            millrace.awaitDurable(leader, PATIENCE);
            try (Connection connection = connect(millrace.servePort(), DatabaseServer.PASSWORD); Statement statement = connection.createStatement()) {
                statement.execute("STOP REPLICA");
                leader.execute("INSERT INTO d.t VALUES (3)");
                assertThat(row(statement, "SHOW SLAVE STATUS", "Slave_IO_Running")).isEqualTo("No");
                statement.execute("START REPLICA");
                millrace.awaitDurable(leader, PATIENCE);
                assertError(statement, "PURGE BINARY LOGS TO 'binlog.000099'", 1373);
                statement.execute("PURGE BINARY LOGS TO 'binlog.000003'");
                assertThat(first(statement, "SHOW BINARY LOGS")).isEqualTo("binlog.000003");
                statement.execute("PURGE BINARY LOGS BEFORE NOW() - INTERVAL 1 DAY");
                assertThat(first(statement, "SHOW BINARY LOGS")).isEqualTo("binlog.000003");
                statement.execute("PURGE BINARY LOGS BEFORE NOW()");
                assertThat(Coordinates.end(leader)).startsWith(first(statement, "SHOW BINARY LOGS") + ":");
            }
            server.execute("START SLAVE");
            server.await("SELECT LAST_ERROR_NUMBER FROM performance_schema.replication_connection_status", "13114", PATIENCE);
            assertThat(replica.status("Last_IO_Error")).contains("purged required binary logs");
        }
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
            JsonObject seen = millrace.status().orElseThrow();
            assertThat(Coordinates.compare(seen.getJsonObject("receiver").getString("acknowledged"), end)).isZero();
            assertThat(Coordinates.compare(seen.getJsonArray("replicas").getJsonObject(0).getString("acknowledged"), end)).isZero();
            assertThat(TableContents.differences(leader, server)).isEmpty();
        }
    }

    private static String status(ServerKind kind, String name) {
        return "SELECT VARIABLE_VALUE FROM " + (kind.isMariaDb() ? "information_schema.GLOBAL_STATUS" : "performance_schema.global_status")
                + " WHERE VARIABLE_NAME = '" + name + "'";
    }

    private static String row(Statement statement, String sql, String column) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(column);
        }
    }

    private static Connection connect(int port, String password) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", DatabaseServer.REPLICATION);
        properties.setProperty("password", password);
        properties.setProperty("sslMode", "DISABLED");
        properties.setProperty("allowPublicKeyRetrieval", "true");
        return DriverManager.getConnection("jdbc:mysql://127.0.0.1:" + port + "/", properties);
    }

    private static void assertRefused(int port, String password) {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> connect(port, password).close()).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getErrorCode()).isEqualTo(1045));
    }

    private static void assertError(Statement statement, String sql, int code) {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> statement.execute(sql)).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getErrorCode()).isEqualTo(code));
    }

    private static String first(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
