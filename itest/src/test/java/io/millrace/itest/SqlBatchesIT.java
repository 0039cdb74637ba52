package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A follower that is fed by SQL gets few statements for many rows, with the leader's rows at the end, and notices a row that differs. */
class SqlBatchesIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ROWS = 300;

    /** They came with the seeding, as long as replay was granted. */
    @Test
    void stopsBeforeTriggersFireBecauseReplayIsNoLongerGranted() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.t (id INT PRIMARY KEY)", "CREATE TABLE shop.seen (id INT)",
                    "CREATE TRIGGER shop.see AFTER INSERT ON shop.t FOR EACH ROW INSERT INTO shop.seen VALUES (NEW.id)",
                    "INSERT INTO shop.t VALUES (1)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            millrace.kill();
            follower.execute("REVOKE SUPER, BINLOG_ADMIN, REPLICATION_APPLIER ON *.* FROM '" + DatabaseServer.ADMIN + "'@'%'");
            leader.execute("INSERT INTO shop.t VALUES (2)");
            millrace.start();
            assertThat(millrace.awaitStopped("copy", PATIENCE).getString("detail")).contains("fires its triggers (shop.see)", "GRANT");
            assertThat(follower.value("SELECT COUNT(*) FROM shop.seen")).isEqualTo("1");
        }
    }

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void makesFewStatementsOfManyTransactions(ServerKind kind) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(
                        MillraceNode.FollowerEntry.of("by-sql", follower, "apply: sql", "workers: 1", "groupTransactions: 1000")))) {
            leader.execute("CREATE DATABASE shop CHARACTER SET utf8mb4", "USE shop",
                    "CREATE TABLE item (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(100), n DECIMAL(10, 2), KEY (v))",
                    "CREATE TABLE code (id CHAR(36) PRIMARY KEY, v BLOB)",
                    "CREATE TABLE pair (a BIGINT UNSIGNED, b VARBINARY(8), v INT, PRIMARY KEY (b, a))",
                    "CREATE TABLE odd (id INT PRIMARY KEY, u INT UNIQUE, f DOUBLE, v INT)");
            millrace.start();
            millrace.await("by-sql", status -> status.getString("state").equals("live"), PATIENCE);
            follower.kill(); // So that all of the backlog is there before any of it is applied.
            change(leader);
            millrace.awaitDurable(leader, PATIENCE);
            follower.start();
            millrace.awaitCaughtUp("by-sql", leader, PATIENCE);
            long sent = statements(follower);

            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(sent).as("statements for " + 7 * ROWS + " changes").isLessThan(ROWS / 2);

            follower.execute("UPDATE shop.item SET id = 900000 WHERE id = " + (ROWS - 1));
            leader.execute("UPDATE shop.item SET n = n + 1");

            assertThat(millrace.awaitStopped("by-sql", PATIENCE).getString("detail")).contains("by-sql", "does not hold", "seed it again");
            assertThat(follower.value("SELECT COUNT(*) FROM shop.item WHERE id = " + (ROWS - 1))).as("rows of what was rolled back").isEqualTo("0");
        }
    }

    /** Replay gives them as they are; a statement would have to spell them. */
    @Test
    void refusesTypesThatTheLogHoldsInAFormOfTheirOwn() throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(ServerKind.MARIADB_1011), "MariaDB 10.11 is not installed");
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MARIADB_1011, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MARIADB_1011, 2);
                DatabaseServer replayed = DatabaseServer.start(ServerKind.MARIADB_1011, 3);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(),
                        List.of(MillraceNode.FollowerEntry.of("by-sql", follower, "apply: sql"),
                                MillraceNode.FollowerEntry.of("replayed", replayed, "apply: replay")))) {
            leader.execute("CREATE DATABASE net", "CREATE TABLE net.host (id UUID PRIMARY KEY, a INET6, b INET4)",
                    "INSERT INTO net.host VALUES ('11111111-2222-3333-4444-555555555555', '::1', '127.0.0.1')");
            millrace.start();
            for (String name : List.of("by-sql", "replayed")) {
                millrace.await(name, status -> status.getString("state").equals("live"), PATIENCE);
            }
            leader.execute("INSERT INTO net.host VALUES ('aaaaaaaa-2222-3333-4444-555555555555', 'fe80::2', '10.0.0.1')");
            assertThat(millrace.awaitStopped("by-sql", PATIENCE).getString("detail")).contains("net.host", "apply: replay");
            millrace.awaitCaughtUp("replayed", leader, PATIENCE);
            assertThat(TableContents.differences(leader, replayed)).isEmpty();
        }
    }

    /** A packet that is full in the middle of an event, checks that are off around a savepoint, and a row that is large. */
    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void losesNoRowHoweverTheyArrive(ServerKind kind) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(kind, 1, "--max-allowed-packet=32M");
                DatabaseServer follower = DatabaseServer.start(kind, 2, "--max-allowed-packet=32M");
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(),
                        List.of(MillraceNode.FollowerEntry.of("by-sql", follower, "apply: sql", "groupSize: 64KiB")))) {
            leader.execute("CREATE DATABASE shop", "USE shop", "CREATE TABLE many (id INT PRIMARY KEY, a VARCHAR(200), b LONGBLOB)",
                    "CREATE TABLE parent (id INT PRIMARY KEY)",
                    "CREATE TABLE child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE)");
            millrace.start();
            millrace.await("by-sql", status -> status.getString("state").equals("live"), PATIENCE);
            leader.execute("USE shop", "INSERT INTO many (id, a) VALUES (1, REPEAT('x', 100)), (2, 'two'), (3, 'three'), (4, 'four')",
                    "INSERT INTO many (id, a) SELECT a.id + 10 * b.id + 100 * c.id + 1000 * d.id + 10000 * e.id, REPEAT('y', 20)"
                            + " FROM many a, many b, many c, many d, many e",
                    "UPDATE many SET a = CONCAT(a, id)", "DELETE FROM many WHERE id % 3 = 0", "UPDATE many SET id = id + 100000 ORDER BY id DESC",
                    "INSERT INTO many VALUES (7, 'large', REPEAT('large', 1000000))", "UPDATE many SET a = 'larger' WHERE id = 7");
            leader.execute("USE shop", "SET foreign_key_checks = 0", "INSERT INTO parent VALUES (1), (2)", "BEGIN",
                    "INSERT INTO child VALUES (1, 70), (2, 1)", "SAVEPOINT s", "INSERT INTO child VALUES (3, 71)", "DELETE FROM parent WHERE id = 1",
                    "COMMIT");
            millrace.awaitCaughtUp("by-sql", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    /** Each statement is a transaction of its own. */
    private static void change(DatabaseServer leader) throws SQLException {
        try (Connection connection = leader.connect(); Statement statement = connection.createStatement()) {
            statement.execute("USE shop");
            for (int i = 1; i <= ROWS; i++) {
                statement.execute("INSERT INTO item (v, n) VALUES ('v" + i + "', " + i + ".25)");
                statement.execute("UPDATE item SET v = 'it''s ü', n = n * 2 WHERE id = " + i);
                statement.execute("INSERT INTO code VALUES (UUID(), x'00ff27')");
                statement.execute("INSERT INTO pair VALUES (18446744073709551615 - " + i + ", CHAR(" + i % 200 + "), " + i + ")");
            }
            statement.execute("UPDATE item SET id = id + " + 2 * ROWS + " WHERE id <= 10");
            statement.execute("UPDATE item SET id = id + 1 WHERE id > " + 2 * ROWS + " ORDER BY id DESC");
            for (int i = 1; i <= ROWS; i++) {
                statement.execute("UPDATE pair SET v = v + 1 WHERE v % 2 = 0 LIMIT 3");
                statement.execute("DELETE FROM item WHERE id = " + i + " AND id % 3 = 0");
                statement.execute("DELETE FROM code ORDER BY id LIMIT " + i % 2);
            }
            statement.execute("INSERT INTO odd VALUES (1, 1, 0.1, 1), (2, 2, 1e300, 2)");
            statement.execute("UPDATE odd SET u = 3 - u + 10");
            statement.execute("UPDATE odd SET u = u - 10, f = -f");
        }
    }

    private static long statements(DatabaseServer follower) throws SQLException {
        long sum = 0;
        try (Connection connection = follower.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_insert', 'Com_update', 'Com_delete',"
                        + " 'Com_delete_multi')")) {
            while (row.next()) {
                sum += row.getLong(2);
            }
        }
        return sum;
    }
}
