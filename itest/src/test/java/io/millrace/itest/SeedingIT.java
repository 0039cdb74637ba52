package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.CuttableLink;
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
import org.junit.jupiter.params.provider.ValueSource;

/** Tables that are large enough to get their keys after their rows, and a Millrace that dies while it loads them. */
class SeedingIT {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int KILLS = 2;
    private static final long SLOW = 1 << 19;

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#generations")
    void loadsEveryChunkOnceAndMakesEveryKeyHoweverOftenItDies(ServerKind kind) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {chunkSize: 1MiB, readers: 2}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            prepare(leader);
            millrace.start();
            for (int kill = 1; kill <= KILLS; kill++) {
                int wanted = kill;
                millrace.await("copy", status -> isLoading(status.getString("detail"), wanted) || status.getString("state").equals("live"), PATIENCE);
                millrace.kill();
                millrace.start();
            }
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            leader.execute("UPDATE big.child SET at = at + INTERVAL 1 DAY WHERE id % 1000 = 0", "DELETE FROM big.parent WHERE id = 77");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(follower.value("SELECT COUNT(*) FROM big.child WHERE parent = 77")).isEqualTo("0");
        }
    }

    @Test
    void loadsWhatIsCopiedWhileTheRestIsAndBeginsAgainWhereThatWasNotToBe() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                CuttableLink link = new CuttableLink(leader.port());
                MillraceNode millrace = new MillraceNode(link.port(), List.of("snapshot: {chunkSize: 128KiB, readers: 2}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            prepare(leader);
            leader.execute("CREATE TABLE big.cached (id INT PRIMARY KEY) ENGINE = MEMORY", "INSERT INTO big.cached VALUES (1), (2)");
            leader.execute("RESET MASTER"); // Its log would be slow, too.
            link.slowTo(SLOW);
            millrace.start();
            follower.await("SELECT COUNT(*) > 3 FROM millrace.seed WHERE chunk > 0", "1", PATIENCE);
            assertThat(millrace.follower("copy").orElseThrow().getString("detail")).startsWith("taking a snapshot");
            millrace.kill();
            leader.execute("UPDATE big.parent SET n = n + 1 WHERE id < 100", "DELETE FROM big.child WHERE id < 500");
            String first = follower.value("SELECT MAX(snapshot) FROM millrace.seed");
            follower.execute("CREATE DATABASE precious", "CREATE TABLE precious.t (id INT PRIMARY KEY)");
            millrace.start();
            assertThat(millrace.awaitStopped("copy", PATIENCE).getString("detail")).as("what a seeding left is no leave to take more")
                    .contains("holds user data (schemas precious)");
            millrace.kill();
            follower.execute("DROP DATABASE precious");
            millrace.start();
            follower.await("SELECT COUNT(*) > 3 FROM millrace.seed WHERE chunk > 0 AND snapshot <> '" + first + "'", "1", PATIENCE);
            follower.await("SELECT COUNT(*) FROM big.cached", "2", PATIENCE);
            follower.kill(); // With it go the rows in memory, and not the note of them.
            millrace.await("copy", status -> status.getString("detail").contains("not loaded meanwhile"), PATIENCE);
            follower.start();
            String loaded = follower.value("SELECT COUNT(*) FROM millrace.seed");
            follower.await("SELECT COUNT(*) > " + loaded + " FROM millrace.seed", "1", PATIENCE);
            assertThat(millrace.follower("copy").orElseThrow().getString("detail")).startsWith("taking a snapshot");
            link.slowTo(Long.MAX_VALUE);
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            leader.execute("UPDATE big.child SET at = at + INTERVAL 1 DAY WHERE id % 1000 = 0");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    /** The stored snapshot is older than what the follower had applied under the leader's GTIDs before it was emptied. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leavesNothingOutThatTheFollowerRemembersFromBefore(boolean replace) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2, DatabaseServer.DURABLE.toArray(new String[0]));
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower, "replace: " + replace)))) {
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)", "INSERT INTO d.t VALUES (1)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            leader.execute("INSERT INTO d.t VALUES (2)");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            millrace.kill();
            follower.execute("DROP DATABASE d", "DROP DATABASE millrace");
            leader.execute("INSERT INTO d.t VALUES (3)");
            millrace.start();
            if (!replace) {
                assertThat(millrace.await("copy", status -> status.getString("state").equals("stopped"), PATIENCE).getString("detail"))
                        .contains("remembers transactions", "RESET BINARY LOGS AND GTIDS", "replace: true");
                millrace.kill();
                follower.execute("RESET MASTER");
                millrace.start();
            }
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    @Test
    void stopsBeforeAFollowerWhoseTablesWereAlteredHoldsOtherValues() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                CuttableLink link = new CuttableLink(leader.port());
                MillraceNode millrace = new MillraceNode(link.port(), List.of("snapshot: {chunkSize: 1MiB, readers: 1}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            prepare(leader);
            leader.execute("CREATE TABLE big.cached (id INT PRIMARY KEY) ENGINE = MEMORY", "INSERT INTO big.cached VALUES (1), (2)");
            leader.execute("RESET MASTER"); // Its log would be slow, too.
            link.slowTo(SLOW);
            millrace.start();
            follower.await("SELECT COUNT(*) > 0 FROM millrace.seed WHERE chunk > 0", "1", PATIENCE);
            follower.execute("SET SESSION sql_mode = ''; ALTER TABLE big.keyless MODIFY b CHAR(180), MODIFY a TINYINT",
                    "SET SESSION sql_mode = ''; ALTER TABLE big.parent MODIFY body VARCHAR(20) CHARACTER SET utf8mb4 NOT NULL");
            link.slowTo(Long.MAX_VALUE);
            millrace.await("copy", status -> status.getString("state").equals("stopped"), PATIENCE);
            assertThat(millrace.follower("copy").orElseThrow().getString("detail")).contains("would hold other values than the leader", "1265");
        }
    }

    @Test
    void loadsWithoutTheRedoLogAndSwitchesItOnBeforeTheFollowerIsSeeded() throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(ServerKind.MYSQL_97), "MySQL 9.7 is not installed");
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_97, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_97, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {chunkSize: 1MiB, readers: 2}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower, "loadWithoutRedoLog: true")))) {
            prepare(leader);
            millrace.start();
            millrace.await("copy", status -> isLoading(status.getString("detail"), 2), PATIENCE);
            millrace.kill();
            assertThat(redoLog(follower)).isEqualTo("OFF");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            assertThat(redoLog(follower)).isEqualTo("ON");
            follower.kill();
            follower.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).as("what a crash leaves of the follower").isEmpty();
        }
    }

    private static String redoLog(DatabaseServer server) throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_enabled'")) {
            return row.next() ? row.getString(2) : "";
        }
    }

    /** Each time a little more is loaded, so that the kills meet rows and keys. */
    private static boolean isLoading(String detail, int kill) {
        String[] words = detail.split(": ", 2);
        return words[0].startsWith("loading") && Long.parseLong(words[1].substring(0, words[1].indexOf(' '))) > (kill - 1) * 65_000L;
    }

    private static void prepare(DatabaseServer leader) throws SQLException {
        leader.execute("CREATE DATABASE big", "USE big",
                "CREATE TABLE parent (id INT AUTO_INCREMENT PRIMARY KEY, code CHAR(40) NOT NULL, body VARCHAR(700) CHARACTER SET utf8mb4 NOT NULL,"
                        + " n INT, UNIQUE KEY `the ``code` (code), KEY body (body(20), n))",
                "CREATE TABLE child (id INT AUTO_INCREMENT PRIMARY KEY, parent INT NOT NULL, body VARBINARY(700), at DATETIME, UNIQUE KEY both_ (parent, id),"
                        + " KEY at (at), CONSTRAINT `of parent` FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE)",
                "CREATE TABLE keyless (a INT, b CHAR(200), KEY a (a))",
                "CREATE TABLE counted (a INT NOT NULL, n INT NOT NULL AUTO_INCREMENT, b VARCHAR(700), PRIMARY KEY (a), KEY n (n))",
                "CREATE TABLE ten (d INT PRIMARY KEY)", "INSERT INTO ten VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)");
        String numbers = " FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 1 AS x FROM ten a, ten b, ten c, ten e, ten f"
                + " WHERE f.d < 3) numbers ORDER BY x";
        leader.execute("USE big",
                "INSERT INTO parent (id, code, body, n) SELECT x, LEFT(SHA2(x, 256), 40), CONCAT('ü', REPEAT(x, 120)), x % 17" + numbers,
                "INSERT INTO child SELECT x + 5, x, REPEAT(UNHEX(SHA2(x, 256)), 18), '2024-01-01' + INTERVAL x % 5000 MINUTE" + numbers,
                "CREATE TABLE invite (id INT PRIMARY KEY, code CHAR(40) NOT NULL, CONSTRAINT `by code` FOREIGN KEY (code) REFERENCES parent (code))",
                "INSERT INTO invite SELECT id, code FROM parent WHERE id < 50",
                "INSERT INTO keyless SELECT x % 100, REPEAT('k', 190)" + numbers,
                "INSERT INTO counted SELECT x, x * 2, REPEAT('c', 600)" + numbers);
    }
}
