package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.CuttableLink;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.PreparedInTurn;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Snapshots of tables that no view shows, and snapshots that are interrupted. */
class SnapshotIT {
    /** Between two writes: enough of them, and not a backlog that takes longer than what is tested. */
    private static final long PAUSE_NANOS = 5_000_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int SLOW = 6 << 20;

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void copiesTablesThatNoViewShowsAsTheyAreAtTheCoordinates(ServerKind kind) throws Exception {
        AtomicBoolean writing = new AtomicBoolean(true);
        AtomicInteger failures = new AtomicInteger();
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2, "--max-allowed-packet=64M");
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {chunkSize: 256KiB, readers: 2, lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE old", "USE old",
                    "CREATE TABLE keyed (id INT AUTO_INCREMENT PRIMARY KEY, n INT, b VARCHAR(200)) ENGINE=MyISAM",
                    "CREATE TABLE keyless (n INT, b CHAR(200)) ENGINE=MyISAM", "CREATE TABLE memory (id INT PRIMARY KEY, n INT) ENGINE=MEMORY",
                    "CREATE TABLE modern (id INT AUTO_INCREMENT PRIMARY KEY, n INT) ENGINE=InnoDB",
                    "CREATE TABLE merged (n INT, b CHAR(200)) ENGINE=MERGE UNION=(keyless) INSERT_METHOD=LAST",
                    "INSERT INTO keyed (n, b) VALUES (1, REPEAT('x', 200))", "INSERT INTO memory VALUES (1, 0)");
            for (int i = 0; i < 14; i++) {
                leader.execute("INSERT INTO old.keyed (n, b) SELECT n + 1, b FROM old.keyed");
            }
            List<Thread> writers = List
                    .of("UPDATE old.keyed SET n = n + 1 WHERE id % 4096 = 7", "INSERT INTO old.keyless VALUES (RAND() * 1000, 'y')",
                            "UPDATE old.memory SET n = n + 1", "INSERT INTO old.modern (n) VALUES (1)", "DELETE FROM old.keyed ORDER BY id LIMIT 2")
                    .stream()
                    .map(sql -> Thread.ofVirtual().start(() -> write(leader, sql, writing, failures))).toList();
            millrace.start();
            millrace.await("copy", status -> status.getLong("transactions") > 0, PATIENCE);
            writing.set(false);
            for (Thread writer : writers) {
                writer.join();
            }
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            // Larger than what is else sent in one statement: cut, its first piece would use the GTID up.
            leader.execute("UPDATE old.keyed SET b = REPEAT('z', 200)", "UPDATE old.keyless SET b = REPEAT('k', 200)");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(failures).hasValue(0);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(follower.value("SELECT ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'old' AND TABLE_NAME = 'keyed'"))
                    .isEqualTo("MyISAM");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MYSQL_80", "MARIADB_1011"})
    void goesOnWithWhatItCopiedBeforeItWasInterrupted(ServerKind kind) throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(kind), kind + " is not installed");
        AtomicBoolean writing = new AtomicBoolean(true);
        AtomicInteger failures = new AtomicInteger();
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                CuttableLink link = new CuttableLink(leader.port());
                MillraceNode millrace = new MillraceNode(link.port(), List.of("snapshot: {chunkSize: 1MiB, readers: 2, lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            prepare(leader);
            Thread writer = Thread.ofVirtual()
                    .start(() -> write(leader, "UPDATE still.t3 SET n = n + 1 WHERE id % 500 = 1", writing, failures));
            link.slowTo(SLOW);
            millrace.start();
            awaitCopied(millrace, 9 << 20);
            millrace.kill();
            millrace.start();
            awaitCopied(millrace, 18 << 20);
            link.cut();
            millrace.await("copy", status -> status.getString("state").equals("waiting"), PATIENCE);
            link.mend();
            link.slowTo(Long.MAX_VALUE);
            millrace.await("copy", status -> !status.getString("detail").startsWith("taking") && !status.getString("state").equals("waiting"),
                    PATIENCE);
            writing.set(false);
            writer.join();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(millrace.wholeLog().split("going on with the snapshot that was interrupted", -1)).hasSize(3);
            assertThat(failures).hasValue(0);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MYSQL_97", "MARIADB_1011"})
    void givesWayToALeaderThatIsBusyAndReadsOnWhenItIsNot(ServerKind kind) throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(kind), kind + " is not installed");
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                CuttableLink link = new CuttableLink(leader.port());
                MillraceNode millrace = new MillraceNode(link.port(),
                        List.of("snapshot: {chunkSize: 256KiB, readers: 3, leastReaders: 1, busyThreads: 5}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            prepare(leader);
            link.slowTo(SLOW / 4);
            millrace.start();
            awaitCopied(millrace, 1 << 20);
            CompletableFuture<?>[] busy = IntStream.range(0, 10)
                    .mapToObj(session -> CompletableFuture.runAsync(() -> sleepOn(leader), task -> Thread.ofVirtual().start(task)))
                    .toArray(CompletableFuture<?>[]::new);
            millrace.await("copy", status -> status.getString("detail").contains("read by 1 since "), PATIENCE);
            for (String session : leader.value("SELECT GROUP_CONCAT(ID) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(60)%'")
                    .split(",", -1)) {
                leader.execute("KILL QUERY " + session);
            }
            CompletableFuture.allOf(busy).get(3, TimeUnit.MINUTES);
            millrace.await("copy", status -> status.getString("state").equals("live") || !status.getString("detail").contains("read by"), PATIENCE);
            link.slowTo(Long.MAX_VALUE);
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(millrace.wholeLog()).contains("the leader is busy: fewer readers read it").contains("the leader is no longer busy");
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    private static void sleepOn(DatabaseServer leader) {
        try {
            leader.value("SELECT SLEEP(60)");
        } catch (SQLException e) {
            assertThat(e.getMessage()).contains("interrupted"); // MariaDB says so of a query that was killed; MySQL's SLEEP then gives 1.
        }
    }

    /** Two connections prepare in turn, so that at every moment a transaction is prepared; often its rows are in the file before. */
    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void notesTheRowsThatArePreparedAtItsCoordinates(ServerKind kind) throws Exception {
        AtomicBoolean writing = new AtomicBoolean(true);
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE two", "CREATE TABLE two.phases (id INT PRIMARY KEY, b CHAR(200))");
            CompletableFuture<Integer> writer = CompletableFuture.supplyAsync(() -> PreparedInTurn.write(leader, writing));
            millrace.start();
            millrace.await("copy", status -> status.getLong("transactions") > 5, PATIENCE);
            assertThat(millrace.newestManifest().getJsonObject("preparedXa")).isNotEmpty();
            millrace.kill();
            millrace.start();
            millrace.await("copy", status -> status.getLong("transactions") > 5, PATIENCE);
            writing.set(false);
            assertThat(writer.get(1, TimeUnit.MINUTES)).isPositive();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    private static void awaitCopied(MillraceNode millrace, long bytes) throws Exception {
        millrace.await("copy", status -> isCopied(status, bytes), PATIENCE);
    }

    private static boolean isCopied(JsonObject status, long bytes) {
        String[] words = status.getString("detail").split(" rows, ", 2);
        return words[0].startsWith("taking") && words.length == 2
                && Long.parseLong(words[1].substring(0, words[1].indexOf(' '))) >= bytes >> 20;
    }

    /** Eight tables of about 4 MB, of which the third changes all the time. */
    private static void prepare(DatabaseServer leader) throws SQLException {
        leader.execute("CREATE DATABASE still");
        for (int i = 1; i <= 8; i++) {
            String table = "still.t" + i;
            leader.execute("CREATE TABLE " + table + " (id INT AUTO_INCREMENT PRIMARY KEY, n INT, b CHAR(250))",
                    "INSERT INTO " + table + " (n, b) VALUES (" + i + ", REPEAT('" + i + "', 250))");
            for (int doubling = 0; doubling < 14; doubling++) {
                leader.execute("INSERT INTO " + table + " (n, b) SELECT n + 1, b FROM " + table);
            }
            leader.execute("ANALYZE TABLE " + table);
        }
    }

    private static void write(DatabaseServer leader, String sql, AtomicBoolean writing, AtomicInteger failures) {
        try (Connection connection = leader.connect(); Statement statement = connection.createStatement()) {
            while (writing.get()) {
                statement.execute(sql);
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (SQLException e) {
            failures.incrementAndGet();
            e.printStackTrace();
        }
    }
}
