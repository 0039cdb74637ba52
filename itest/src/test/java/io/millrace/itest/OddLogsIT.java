package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Transactions that servers log in another form than most: rolled back, failed in the middle, with a definition inside. */
class OddLogsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void areAppliedAsTheLeaderDidThem(ServerKind kind) throws Exception {
        String[] options = kind.isMariaDb() ? new String[0] : new String[]{"--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"};
        try (DatabaseServer leader = DatabaseServer.start(kind, 1, options);
                DatabaseServer replay = DatabaseServer.start(kind, 2, options);
                DatabaseServer sql = DatabaseServer.start(kind, 3, options);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("replay", replay),
                                MillraceNode.FollowerEntry.of("sql", sql, "apply: sql")))) {
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.sure (id VARCHAR(40) PRIMARY KEY, n INT)",
                    "CREATE TABLE d.kept (id VARCHAR(40) PRIMARY KEY) ENGINE=MyISAM",
                    "CREATE TABLE d.counted (id INT PRIMARY KEY, n INT) ENGINE=MyISAM", "INSERT INTO d.counted VALUES (1, 0)",
                    "CREATE TABLE d.zero (id VARCHAR(40) PRIMARY KEY, f FLOAT, g DOUBLE)");
            millrace.start();
            millrace.awaitCaughtUp("replay", leader, PATIENCE);
            millrace.awaitCaughtUp("sql", leader, PATIENCE);
            write(leader, "live");
            millrace.awaitCaughtUp("replay", leader, PATIENCE);
            millrace.awaitCaughtUp("sql", leader, PATIENCE);
            millrace.kill();
            write(leader, "backlog");
            millrace.start();
            millrace.awaitCaughtUp("replay", leader, PATIENCE);
            assertThat(TableContents.differences(leader, replay)).as("by replay").isEmpty();
            millrace.awaitCaughtUp("sql", leader, PATIENCE);
            assertThat(TableContents.differences(leader, sql)).as("by SQL").isEmpty();
        }
    }

    private static void write(DatabaseServer leader, String when) throws SQLException {
        String one = "('" + when + " 1')";
        leader.execute("SET SESSION binlog_format = 'STATEMENT'", "INSERT INTO d.sure VALUES ('" + when + " 0', 1)",
                "BEGIN; INSERT INTO d.sure (id) VALUES " + one + "; INSERT INTO d.kept VALUES " + one + "; ROLLBACK",
                "INSERT INTO d.sure VALUES ('" + when + " 2', 1)");
        leader.execute("SET SESSION binlog_format = 'MIXED'", "INSERT INTO d.sure VALUES ('" + when + " 3', 1)",
                "INSERT INTO d.sure VALUES ('" + when + " 4', 1)",
                "BEGIN; UPDATE d.sure SET n = n + LENGTH(UUID()); INSERT INTO d.kept VALUES ('" + when + " mixed'); ROLLBACK",
                "UPDATE d.sure SET n = n + 1");
        for (int i = 6; i < 9; i++) { // Rows, then what a rollback does not take with it: by the next transaction it must be over.
            leader.execute("SET SESSION binlog_format = 'MIXED'",
                    "BEGIN; UPDATE d.sure SET n = n + LENGTH(UUID()); UPDATE d.counted SET n = n + 1; COMMIT",
                    "BEGIN; UPDATE d.sure SET n = n + LENGTH(UUID()); CREATE TEMPORARY TABLE d.passing (a INT);"
                            + " DROP TEMPORARY TABLE d.passing; ROLLBACK",
                    "INSERT INTO d.sure VALUES ('" + when + " " + i + "', 1)");
        }
        String key = "('" + when + " xa ";
        leader.execute("XA START 'x'; INSERT INTO d.sure VALUES " + key + "1', 1); SAVEPOINT s; INSERT INTO d.sure VALUES " + key + "2', 1);"
                + " INSERT INTO d.kept VALUES " + key + "'); ROLLBACK TO s; XA END 'x'; XA PREPARE 'x'; XA COMMIT 'x'",
                "INSERT INTO d.zero VALUES ('" + when + "', -0e0, -0e0)", "INSERT INTO d.zero VALUES ('" + when + " one', -1, 1.5)");
        failsInTheMiddle(leader, when);
        leader.execute("CREATE DATABASE millrace", "CREATE TABLE millrace.checkpoint (a INT)", "USE millrace", "ALTER TABLE checkpoint ADD b INT",
                "INSERT INTO checkpoint VALUES (1, 2)",
                "SET SESSION binlog_format = 'STATEMENT'; INSERT INTO checkpoint VALUES (1, 2); USE d; UPDATE millrace.checkpoint SET a = 3",
                "DROP TABLE IF EXISTS `millrace` . `checkpoint`", "DROP SCHEMA millrace");
        leader.execute("USE d", "/* tool */ CREATE TRIGGER twice BEFORE INSERT ON sure FOR EACH ROW SET NEW.n = 2 * NEW.n",
                "INSERT INTO sure VALUES ('" + when + " trigger', 21)", "/* tool */ DROP TRIGGER twice");
        if (leader.kind().isMariaDb()) {
            leader.execute("USE d", "CREATE OR REPLACE TABLE filled AS SELECT id AS a, CONCAT(id, '!') AS b FROM sure",
                    "INSERT INTO filled VALUES ('a', 'b')",
                    "CREATE OR REPLACE TABLE filled AS SELECT CONCAT(id, '!') AS b, id AS a FROM sure", "INSERT INTO filled VALUES ('b', 'a')",
                    "CREATE TABLE IF NOT EXISTS filled AS SELECT 'c' AS b, 'c' AS a", "UPDATE filled SET a = 'u' WHERE b = 'b'");
        }
    }

    /** MyISAM keeps the rows before the one that is there already, and the statement is logged with its error. */
    private static void failsInTheMiddle(DatabaseServer leader, String when) throws SQLException {
        try (Connection connection = leader.connect(); Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION binlog_format = 'STATEMENT'");
            statement.execute("BEGIN");
            statement.execute("INSERT INTO d.sure (id) VALUES ('" + when + " 5')");
            assertThatThrownBy(() -> statement.execute("INSERT INTO d.kept VALUES ('" + when + " 5'), ('" + when + " 1'), ('" + when + " 6')"))
                    .isInstanceOf(SQLException.class).hasMessageContaining("Duplicate");
            statement.execute("COMMIT");
        }
    }

    @Test
    void schemasThatAreNotCopiedAreNotAppliedEither() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer replay = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                DatabaseServer sql = DatabaseServer.start(ServerKind.MYSQL_80, 3);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {schemas: [wanted, wanted_too]}"),
                        List.of(MillraceNode.FollowerEntry.of("replay", replay), MillraceNode.FollowerEntry.of("sql", sql, "apply: sql")))) {
            leader.execute("CREATE DATABASE wanted", "CREATE DATABASE other", "CREATE TABLE wanted.t (id INT PRIMARY KEY)",
                    "CREATE TABLE other.t (id INT PRIMARY KEY)", "INSERT INTO wanted.t VALUES (1)", "INSERT INTO other.t VALUES (1)");
            millrace.start();
            millrace.awaitCaughtUp("replay", leader, PATIENCE);
            millrace.awaitCaughtUp("sql", leader, PATIENCE);
            for (int i = 10; i < 30; i += 10) {
                leader.execute("CREATE DATABASE IF NOT EXISTS wanted_too", "CREATE TABLE wanted_too.t_" + i + " (id INT PRIMARY KEY)",
                        "CREATE TABLE other.u_" + i + " (id INT PRIMARY KEY)",
                        "BEGIN; INSERT INTO other.t (id) VALUES (" + i + "); INSERT INTO wanted.t VALUES ("
                                + i + "); INSERT INTO wanted_too.t_" + i + " VALUES (1); INSERT INTO other.u_" + i + " VALUES (1); COMMIT",
                        "INSERT INTO other.t (id) VALUES (" + (i + 1) + ")",
                        "CREATE OR REPLACE VIEW other.v AS SELECT wanted.t.id FROM wanted.t", "USE other", "ALTER TABLE t ADD COLUMN n_" + i + " INT",
                        "ALTER TABLE wanted.t COMMENT 'made elsewhere'", "SET SESSION binlog_format = 'STATEMENT'; UPDATE wanted.t SET id = id + 0",

                        "SET SESSION binlog_format = 'STATEMENT'; UPDATE t SET n_" + i + " = 7; USE wanted; UPDATE t SET id = id + 100");
                millrace.awaitCaughtUp("replay", leader, PATIENCE);
                millrace.awaitCaughtUp("sql", leader, PATIENCE);
                millrace.kill();
                millrace.start();
            }
            for (DatabaseServer follower : List.of(replay, sql)) {
                assertThat(follower.value("SELECT GROUP_CONCAT(SCHEMA_NAME ORDER BY 1) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN"
                        + " ('mysql', 'sys', 'information_schema', 'performance_schema', 'millrace')")).isEqualTo("wanted,wanted_too");
                for (String rows : List.of("wanted.t", "wanted_too.t_10", "wanted_too.t_20")) {
                    String digest = "SELECT GROUP_CONCAT(id ORDER BY id) FROM " + rows;
                    assertThat(follower.value(digest)).isEqualTo(leader.value(digest));
                }
            }
            millrace.kill();
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("wanted_too]", "wanted_too, other]"));
            millrace.start();
            assertThat(millrace.awaitStopped("replay", PATIENCE).getString("detail")).contains("lacks what came of others before");
            assertThat(millrace.awaitStopped("sql", PATIENCE).getString("detail")).contains("lacks what came of others before");
            millrace.kill();
            replay.execute("DROP DATABASE wanted", "DROP DATABASE wanted_too", "DROP DATABASE millrace");
            millrace.start();
            millrace.awaitCaughtUp("replay", leader, PATIENCE);
            assertThat(replay.value("SELECT COUNT(*) FROM other.t")).as("seeded, and not from a snapshot without it")
                    .isEqualTo(leader.value("SELECT COUNT(*) FROM other.t"));
        }
    }

    /** Each is in the log twice: when it begins, and when it has ended or failed. */
    @Test
    void alterInTwoPhasesIsDoneOnceOrNotAtAll() throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(ServerKind.MARIADB_1011), "MariaDB is not installed");
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MARIADB_1011, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MARIADB_1011, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, a INT)", "INSERT INTO d.t VALUES (1, 7), (2, 7)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            try (Connection connection = leader.connect(); Statement statement = connection.createStatement()) {
                statement.execute("SET SESSION binlog_alter_two_phase = ON");
                statement.execute("ALTER TABLE d.t ADD COLUMN c INT");
                statement.execute("ALTER TABLE d.t ADD INDEX (a)");
                assertThatThrownBy(() -> statement.execute("ALTER TABLE d.t CHANGE a a INT UNIQUE")).hasMessageContaining("Duplicate");
                statement.execute("INSERT INTO d.t VALUES (3, 8, 9)");
            }
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    @Test
    void compressedColumnsAreReplayedInParallel() throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(ServerKind.MARIADB_1011), "MariaDB is not installed");
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MARIADB_1011, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MARIADB_1011, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE d",
                    "CREATE TABLE d.t (id INT PRIMARY KEY, a TEXT COMPRESSED, b VARCHAR(1000) COMPRESSED, c BLOB COMPRESSED, n INT, UNIQUE (n))",
                    "INSERT INTO d.t VALUES (0, REPEAT('a', 5000), REPEAT('b', 900), NULL, 0)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            millrace.kill();
            String[] changes = new String[2000];
            Arrays.setAll(changes, i -> i % 4 == 3
                    ? "UPDATE d.t SET a = REPEAT('z', " + i + "), c = SHA2(" + i + ", 512) WHERE id = " + (i - 1)
                    : "INSERT INTO d.t VALUES (" + (i + 1) + ", REPEAT('x', 200), '" + "y".repeat(i % 900) + "', REPEAT(SHA2(" + i + ", 512), 3), "
                            + (i + 1)
                            + ")");
            leader.execute(changes);
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }
}
