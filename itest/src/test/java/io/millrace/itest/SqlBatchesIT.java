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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A follower that is fed by SQL gets few statements for many rows, with the leader's rows at the end, and notices a row that differs. */
class SqlBatchesIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ROWS = 300;

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
            millrace.stop(Duration.ofSeconds(20));
            change(leader);
            long before = statements(follower);
            millrace.start();
            millrace.awaitCaughtUp("by-sql", leader, PATIENCE);
            long sent = statements(follower) - before;

            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(sent).as("statements for " + 7 * ROWS + " changes").isLessThan(ROWS / 2);

            follower.execute("UPDATE shop.item SET id = 900000 WHERE id = " + ROWS);
            leader.execute("UPDATE shop.item SET n = n + 1");

            assertThat(millrace.awaitStopped("by-sql", PATIENCE).getString("detail")).contains("by-sql", "does not hold", "seed it again");
            assertThat(follower.value("SELECT COUNT(*) FROM shop.item WHERE id = " + ROWS)).as("rows of what was rolled back").isEqualTo("0");
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
                        + " 'Com_delete_multi','Com_commit')")) {
            while (row.next()) {

                sum += row.getLong(2);
            }
        }
        return sum;
    }
}
