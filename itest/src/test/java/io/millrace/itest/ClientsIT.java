package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import com.mysql.cj.jdbc.JdbcConnection;
import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.EventType;
import io.millrace.config.TlsConfig;
import io.millrace.config.value.Secret;
import io.millrace.connection.Endpoint;
import io.millrace.connection.ServerConnection;
import io.millrace.protocol.replication.ComBinlogDump;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.Installation;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.Programs;
import io.millrace.itest.server.ServerKind;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import java.io.StringReader;
import java.sql.PreparedStatement;

/** What other people's clients get, unchanged. */
class ClientsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path folder;

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
            assertRawCopies(Installation.of(ServerKind.MYSQL_97).program("mysqlbinlog"), leader, millrace, 3);
        }
    }

    /** Copies the log through Millrace, and compares the files that the leader has closed. */
    private void assertRawCopies(List<String> program, DatabaseServer leader, MillraceNode millrace, int closed) throws IOException {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of("--no-defaults", "--read-from-remote-server", "--raw", "--to-last-log", "--host=127.0.0.1",
                "--port=" + millrace.servePort(), "--user=" + DatabaseServer.REPLICATION, "--password=" + DatabaseServer.PASSWORD,
                "--result-file=" + folder + "/", "binlog.000001"));
        Programs.run(command);
        for (int i = 1; i <= closed; i++) {
            Path copy = folder.resolve("binlog.00000" + i);
            assertThat(Files.mismatch(leader.data().resolve("binlog.00000" + i), copy)).as(copy.toString()).isEqualTo(-1);
        }
    }

    @Test
    void answersEverybodysClientsAndRefusesStrangers() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of())) {
            millrace.start().awaitServing(PATIENCE);
            leader.execute("CREATE DATABASE d");
            millrace.awaitDurable(leader, PATIENCE);
            try (Connection connection = Sql.connect(millrace.servePort(), DatabaseServer.PASSWORD);
                    Statement statement = connection.createStatement()) {
                assertThat(connection.getMetaData().getDatabaseProductVersion()).isEqualTo(leader.value("SELECT @@version"));
                assertThat(Sql.first(statement, "SELECT @@server_uuid")).isEqualTo(leader.value("SELECT @@server_uuid"));
                assertThat(Sql.first(statement, "SELECT @@gtid_executed")).isEqualTo(leader.value("SELECT @@gtid_executed"));
                assertThat(Sql.first(statement, "SHOW MASTER STATUS")).isEqualTo("binlog.000001");
                assertThat(Sql.first(statement, "SHOW SLAVE STATUS")).startsWith("Waiting");
                Sql.assertError(statement, "DROP DATABASE d", 1064);
                Sql.assertError(statement, "SELECT @@nothing", 1193);
                assertThat(Sql.first(statement, "SELECT 1")).isEqualTo("1");
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

    /** It asks for the columns of each table beside the stream, in prepared statements. */
    @ParameterizedTest
    @EnumSource(value = ServerKind.class, names = {"MYSQL_80", "MARIADB_1011"})
    void feedsABinlogClientOfNodeJs(ServerKind kind) throws Exception {
        Assumptions.assumeThat(Installation.nodeClient()).as("a binlog client from npm, by itest/bin/install-clients").isPresent();
        Assumptions.assumeThat(Installation.isAvailable(kind)).as(kind.toString()).isTrue();
        Path client = Installation.nodeClient().orElseThrow();
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(), "  forwardQueries: true")) {
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("accounts: [{",
                    "accounts: [{leaderUser: " + DatabaseServer.REPLICATION + ", leaderPassword: " + DatabaseServer.PASSWORD + ", "));
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20) CHARACTER SET utf8mb4, n DECIMAL(6, 2))",
                    "GRANT SELECT ON d.* TO " + DatabaseServer.REPLICATION, "INSERT INTO d.t VALUES (1, 'grün', 1.5), (2, NULL, -0.25)");
            millrace.start().awaitServing(PATIENCE);
            millrace.awaitDurable(leader, PATIENCE);
            Path script = Files.copy(Path.of("src/test/node/read-rows.mjs"), client.resolve("read-rows.mjs"), StandardCopyOption.REPLACE_EXISTING);
            assertThat(Programs.run(List.of("node", script.toString(), Integer.toString(millrace.servePort()), DatabaseServer.REPLICATION,
                    DatabaseServer.PASSWORD, "d", "t", "2")).lines())
                    .containsExactly("{\"id\":1,\"v\":\"grün\",\"n\":\"1.50\"}", "{\"id\":2,\"v\":null,\"n\":\"-0.25\"}");
        }
    }

    @Test
    void givesMariaDbBinlogTheLeadersFilesByteForByte() throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(ServerKind.MARIADB_1011)).as("MariaDB brings mariadb-binlog").isTrue();
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MARIADB_1011, 1);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of())) {
            millrace.start().awaitServing(PATIENCE);
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v LONGTEXT)", "INSERT INTO d.t VALUES (1, 'one')",
                    "FLUSH BINARY LOGS", "INSERT INTO d.t VALUES (2, REPEAT('x', 10000000))", "FLUSH BINARY LOGS", "DELETE FROM d.t");
            millrace.awaitDurable(leader, PATIENCE);
            assertRawCopies(Installation.of(ServerKind.MARIADB_1011).program("mariadb-binlog"), leader, millrace, 2);
        }
    }

    /** Old replicas, MySQL's and tools that do not know MariaDB's events get others in their place, at the same positions. */
    @Test
    void sendsClientsThatKnowLessOfMariaDbWhatTheLeaderWould() throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(ServerKind.MARIADB_1011)).isTrue();
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MARIADB_1011, 1);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of())) {
            millrace.start().awaitServing(PATIENCE);
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v TEXT)", "CREATE TABLE d.m (id INT) ENGINE = MyISAM",
                    "INSERT INTO d.t VALUES (1, 'one'), (2, 'two')", "INSERT INTO d.m VALUES (1)", "SET @v = 'user'",
                    "UPDATE d.t SET v = CONCAT(v, @v)", "SET STATEMENT binlog_format = STATEMENT FOR DELETE FROM d.t WHERE id = 1",
                    "FLUSH BINARY LOGS", "SET GLOBAL binlog_checksum = NONE", "SET SESSION server_id = 77",
                    "INSERT INTO d.t VALUES (4, 'no checksum')",
                    "SET SESSION gtid_domain_id = 5", "DROP TABLE d.m", "SET GLOBAL binlog_checksum = CRC32", "TRUNCATE d.t", "FLUSH BINARY LOGS");
            millrace.awaitDurable(leader, PATIENCE);
            for (int capability = 0; capability <= 4; capability++) {
                for (int flags : List.of(1, 3)) {
                    assertThat(stream(millrace.servePort(), capability, flags)).as("capability %d, flags %d", capability, flags)
                            .containsExactlyElementsOf(stream(leader.port(), capability, flags)).hasSizeGreaterThan(30);
                }
            }
        }
    }

    /** All packets of the log, in hex, from its first file to the head of its last, which the leader is still writing to by itself. */
    private static List<String> stream(int port, int capability, int flags) throws Exception {
        TlsConfig plain = new TlsConfig(TlsConfig.Mode.DISABLED, Optional.empty(), Optional.empty(), Optional.empty());
        try (ServerConnection connection = ServerConnection.open(
                new Endpoint("127.0.0.1", port, DatabaseServer.REPLICATION, new Secret(DatabaseServer.PASSWORD), plain, PATIENCE,
                        Optional.empty()))) {
            connection.execute("SET @master_binlog_checksum = @@global.binlog_checksum");
            if (capability > 0) {
                connection.execute("SET @mariadb_slave_capability = " + capability);
            }
            connection.output().command(new ComBinlogDump(new BinlogCoordinates("binlog.000001", 4), flags, 0).payload());
            List<String> packets = new ArrayList<>();
            int lastFile = 0;
            while (true) {
                ByteBuffer packet = ServerConnection.failOnError(connection.input().packet());
                byte[] bytes = new byte[packet.remaining()];
                packet.get(bytes);
                if ((bytes[0] & 0xff) == 0xfe) {
                    return packets.subList(0, lastFile);
                }
                if (bytes[1 + Integer.BYTES] == EventType.ROTATE) {
                    lastFile = packets.size();
                }
                packets.add(HexFormat.of().formatHex(bytes));
            }
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
                    "CREATE USER reader@'%' IDENTIFIED BY '" + DatabaseServer.PASSWORD + "'", "GRANT SELECT, INSERT, EXECUTE ON d.* TO reader@'%'",
                    "CREATE PROCEDURE d.two() BEGIN SELECT id FROM d.t ORDER BY id; SELECT 'second'; END",
                    "INSERT INTO d.t VALUES (1, REPEAT('ü', 10000000)), (2, NULL), (3, 'third')");
            millrace.start().awaitServing(PATIENCE);
            millrace.awaitDurable(leader, PATIENCE);
            try (Connection connection = Sql.connect(millrace.servePort(), DatabaseServer.PASSWORD);
                    Statement statement = connection.createStatement()) {
                statement.execute("USE d");
                assertThat(Sql.first(statement, "SELECT LENGTH(v) FROM t WHERE id = 1")).isEqualTo("20000000");
                assertThat(Sql.first(statement, "SELECT v FROM t WHERE id = 1")).hasSize(10_000_000).endsWith("ü");
                assertThat(Sql.first(statement, "SELECT COUNT(*) FROM t")).isEqualTo("3");
                Sql.assertError(statement, "SELECT * FROM secret.t", 1142);
                Sql.assertError(statement, "SELECT * FROM nothing", 1146);
                assertThat(statement.execute("CALL two()")).isTrue();
                assertThat(statement.getMoreResults()).isTrue();
                assertThat(statement.getResultSet().next()).isTrue();
                assertThat(statement.getResultSet().getString(1)).isEqualTo("second");
                connection.setAutoCommit(false);
                statement.execute("INSERT INTO t VALUES (4, 'undone')");
                connection.rollback();
                assertThat(Sql.first(statement, "SELECT COUNT(*) FROM t")).isEqualTo("3");
                statement.execute("SET @mine = 5");
                statement.setQueryTimeout(1); // The driver sends KILL QUERY by another connection.
                assertThatThrownBy(() -> statement.executeQuery("SELECT COUNT(*) FROM t a, t b WHERE SLEEP(60) = 0"))
                        .isInstanceOf(SQLException.class);
                statement.setQueryTimeout(0);
                assertThat(Sql.first(statement, "SELECT @mine + 1")).isEqualTo("6");
                assertThat(Sql.first(statement, "SHOW BINARY LOGS")).isEqualTo("binlog.000001");
                assertThat(Sql.first(statement, "SHOW SLAVE STATUS")).startsWith("Waiting");
                connection.unwrap(JdbcConnection.class).resetServerState();
                assertThat(Sql.first(statement, "SELECT CONCAT(COUNT(@mine), v) FROM t WHERE id = 3")).isEqualTo("0third");
                assertThat(Sql.first(statement, "SELECT RIGHT(v, 1) FROM t WHERE id = 1")).isEqualTo("ü");
            }
            speaksAsTheClientDoes(leader, millrace);
            preparesAtTheLeader(millrace);
            try (Connection connection = Sql.connect(millrace.servePort(), DatabaseServer.PASSWORD);
                    Statement statement = connection.createStatement()) {
                Sql.assertError(statement, "SELECT LENGTH('" + "x".repeat(3 << 20) + "')", 1153);
            }
            leader.kill();
            try (Connection connection = Sql.connect(millrace.servePort(), DatabaseServer.PASSWORD);
                    Statement statement = connection.createStatement()) {
                assertThat(Sql.first(statement, "SELECT @@server_id")).isEqualTo("1");
                Sql.assertError(statement, "SELECT * FROM d.t", 1429);
                Sql.assertError(statement, "KILL 123456", 1094);
            }
        }
    }

    /** A client that names its character set in its first packet alone, and may not send two statements in one. */
    private static void speaksAsTheClientDoes(DatabaseServer leader, MillraceNode millrace) throws Exception {
        String sql = "INSERT INTO d.t VALUES (20, '\u00fc'), (21, CONCAT(@@character_set_client, @@collation_connection))";
        if (!Installation.isAvailable(ServerKind.MARIADB_1011)) {
            return; // Whose client it is.
        }
        List<String> command = new ArrayList<>(Installation.of(ServerKind.MARIADB_1011).program("mariadb"));
        command.addAll(List.of("--no-defaults", "--default-character-set=latin1", "--host=127.0.0.1", "--port=" + millrace.servePort(),
                "--user=" + DatabaseServer.REPLICATION, "--password=" + DatabaseServer.PASSWORD, "--execute=" + sql));
        Programs.run(command);
        assertThat(leader.value("SELECT v FROM d.t WHERE id = 21")).startsWith("latin1latin1_");
        try (Connection connection = Sql.connect(millrace.servePort(), DatabaseServer.PASSWORD);
                Statement statement = connection.createStatement()) {
            Sql.assertError(statement, "SELECT id FROM d.t; SELECT 2", 1064);
        }
        String url = "jdbc:mysql://127.0.0.1:" + millrace.servePort()
                + "/d?rewriteBatchedStatements=true&sslMode=DISABLED&allowPublicKeyRetrieval=true";
        try (Connection connection = DriverManager.getConnection(url, DatabaseServer.REPLICATION, DatabaseServer.PASSWORD);
                Statement statement = connection.createStatement()) {
            assertThat(Sql.first(statement, "SELECT COUNT(*) FROM t WHERE id >= 30")).isEqualTo("0");
            for (int id = 30; id < 40; id++) {
                statement.addBatch("INSERT INTO t SELECT " + id + ", 'many at once'");
            }
            statement.executeBatch(); // It allows itself several statements in a packet, and then no more.
            assertThat(Sql.first(statement, "SELECT COUNT(*) FROM t WHERE id >= 30")).isEqualTo("10");
        }
        leader.execute("DELETE FROM d.t WHERE id >= 20");
    }

    private static void preparesAtTheLeader(MillraceNode millrace) throws SQLException {
        String options = "?useServerPrepStmts=true&useCursorFetch=true&defaultFetchSize=2&emulateUnsupportedPstmts=false&sslMode=DISABLED"
                + "&allowPublicKeyRetrieval=true";
        try (Connection connection = DriverManager.getConnection("jdbc:mysql://127.0.0.1:" + millrace.servePort() + "/d" + options,
                DatabaseServer.REPLICATION, DatabaseServer.PASSWORD)) {
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
                for (int id = 10; id < 15; id++) {
                    insert.setInt(1, id);
                    insert.setCharacterStream(2, new StringReader("long ü ".repeat(id)));
                    assertThat(insert.executeUpdate()).isEqualTo(1);
                }
            }
            try (PreparedStatement select = connection.prepareStatement("SELECT v FROM t WHERE id >= ? ORDER BY id")) {
                select.setInt(1, 10);
                try (ResultSet rows = select.executeQuery()) {
                    for (int id = 10; id < 15; id++) {
                        assertThat(rows.next()).isTrue();
                        assertThat(rows.getString(1)).isEqualTo("long ü ".repeat(id));
                    }
                    assertThat(rows.next()).isFalse();
                }
            }
            assertThatThrownBy(() -> connection.prepareStatement("SHOW BINARY LOGS"))
                    .isInstanceOfSatisfying(SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1295));
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

    private static void assertRefused(int port, String password) {
        assertThatThrownBy(() -> Sql.connect(port, password).close()).isInstanceOfSatisfying(SQLException.class,
                e -> assertThat(e.getErrorCode()).isEqualTo(1045));
    }
}
