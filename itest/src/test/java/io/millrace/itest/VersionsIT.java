package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.Installation;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.ManyTypes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every type, every kind of statement, on every server version, in both modes of applying. */
class VersionsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int IN_USE_FLAG = 21;

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void keepsEveryTypeEqualFromSnapshotAndFromTheLog(ServerKind kind) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer replay = DatabaseServer.start(kind, 2);
                DatabaseServer sql = DatabaseServer.start(kind, 3, "--local-infile=OFF");
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("replay", replay),
                        MillraceNode.FollowerEntry.of("sql", sql, "apply: sql")))) {
            ManyTypes types = new ManyTypes(leader).prepare();
            types.write(1);
            millrace.start();
            millrace.await("replay", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.await("sql", status -> status.getString("state").equals("live"), PATIENCE);
            assertThat(TableContents.differences(leader, replay)).as("by replay, from the snapshot").isEmpty();
            assertThat(TableContents.differences(leader, sql)).as("by SQL, from the snapshot").isEmpty();
            types.write(11);
            types.define(1);
            types.statements(1);
            types.write(21);
            types.twoPhases(1);
            leader.execute("FLUSH BINARY LOGS");
            types.write(31);
            types.otherForms();
            types.write(41);
            types.define(2);
            types.statements(2);
            types.twoPhases(2);
            sql.execute("SET GLOBAL local_infile = ON");
            types.loadFile(2);
            millrace.awaitCaughtUp("replay", leader, PATIENCE);
            assertThat(TableContents.differences(leader, replay)).as("by replay, from the log").isEmpty();
            millrace.awaitCaughtUp("sql", leader, PATIENCE);
            assertThat(TableContents.differences(leader, sql)).as("by SQL, from the log").isEmpty();
            assertRelayLogEqualsLeaders(leader, millrace);
        }
    }

    /** It has other defaults, and its log does not say them. */
    @Test
    void keepsTheCollationsOfALeaderOfBeforeMySql8() throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(ServerKind.MYSQL_57)).as("MySQL 5.7 is installed").isTrue();
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_57, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            String table = " (k VARCHAR(20) PRIMARY KEY) DEFAULT CHARSET=utf8mb4";
            leader.execute("CREATE DATABASE d", "CREATE TABLE d.seeded" + table);
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            leader.execute("CREATE TABLE d.logged" + table, "INSERT INTO d.seeded VALUES ('ss'), ('ß')", "INSERT INTO d.logged VALUES ('ss'), ('ß')");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(follower.value("SELECT GROUP_CONCAT(HEX(k)) FROM d.logged"))
                    .isEqualTo(leader.value("SELECT GROUP_CONCAT(HEX(k)) FROM d.logged"));
            assertThat(follower.value("SELECT GROUP_CONCAT(DISTINCT TABLE_COLLATION) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'd'"))
                    .isEqualTo("utf8mb4_general_ci");
        }
    }

    /** Since 11.5 definitions that name no collation get another one, and only sessions that have chosen say so in the log. */
    @ParameterizedTest
    @EnumSource(value = ServerKind.class, names = {"MARIADB_1011", "MARIADB_118"})
    void keepsTheCollationsOfMariaDb(ServerKind kind) throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(kind) && Installation.isAvailable(ServerKind.MARIADB_118)).as("both are installed").isTrue();
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MARIADB_118, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            String table = " (k VARCHAR(20) CHARACTER SET utf8mb4 PRIMARY KEY, l VARCHAR(9)) DEFAULT CHARSET=utf8mb3";
            leader.execute("CREATE DATABASE d CHARACTER SET utf8mb4", "CREATE TABLE d.seeded" + table);
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            leader.execute("CREATE TABLE d.bare" + table);
            if (kind == ServerKind.MARIADB_118) {
                leader.execute("SET SESSION character_set_collations = 'utf8mb4=uca1400_as_cs,utf8mb3=utf8mb3_bin'", "CREATE TABLE d.chosen" + table,
                        "SET SESSION character_set_collations = ''", "CREATE TABLE d.old" + table, "INSERT INTO d.old VALUES ('ss', 'x')");
            }
            leader.execute("CREATE DATABASE other CHARACTER SET utf8mb4", "CREATE TABLE other.t (a VARCHAR(9))");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            String collations = "SELECT GROUP_CONCAT(TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLLATION_NAME ORDER BY 1) FROM information_schema.COLUMNS"
                    + " WHERE TABLE_SCHEMA IN ('d', 'other')";
            assertThat(follower.value(collations)).isEqualTo(leader.value(collations)).contains("utf8mb4_");
        }
    }

    /** A flag of MariaDB's statement events, which its own appliers heed. */
    @Test
    void makesTimestampsAsTheLeadersSessionDid() throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(ServerKind.MARIADB_1011)).as("MariaDB is installed").isTrue();
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MARIADB_1011, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MARIADB_1011, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower, "apply: sql")))) {
            leader.execute("CREATE DATABASE d");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            for (String setting : List.of("ON", "OFF")) {
                leader.execute("SET SESSION explicit_defaults_for_timestamp = " + setting, "CREATE TABLE d.t_" + setting + " (id INT, at TIMESTAMP)");
            }
            leader.execute("CREATE TABLE d.versioned (id INT PRIMARY KEY) WITH SYSTEM VERSIONING");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            String defaults = "SELECT GROUP_CONCAT(TABLE_NAME, IS_NULLABLE, EXTRA ORDER BY 1) FROM information_schema.COLUMNS"
                    + " WHERE TABLE_SCHEMA = 'd' AND COLUMN_NAME = 'at'";
            assertThat(follower.value(defaults)).isEqualTo(leader.value(defaults)).contains("YES", "NO");
            leader.execute("INSERT INTO d.versioned VALUES (5)");
            assertThat(millrace.awaitStopped("copy", PATIENCE).getString("detail")).as("whose deletes look like updates")
                    .contains("system-versioned", "apply: replay");
        }
    }

    /** MariaDB annotates each change with its statement: of one that holds many changes, that would be a square. */
    @ParameterizedTest
    @EnumSource(value = ServerKind.class, names = {"MYSQL_80", "MARIADB_1011"})
    void leavesTheFollowersBinlogAboutAsLargeAsTheLeaders(ServerKind kind) throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(kind)).as(kind + " is installed").isTrue();
        try (DatabaseServer leader = DatabaseServer.start(kind, 1);
                DatabaseServer follower = DatabaseServer.start(kind, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT AUTO_INCREMENT PRIMARY KEY, n INT)");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.kill();
            long before = leader.binlogBytes();
            long followerBefore = follower.binlogBytes();
            String[] inserts = new String[2000];
            Arrays.fill(inserts, "INSERT INTO shop.item (n) VALUES (7)");
            leader.execute(inserts);
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(follower.binlogBytes() - followerBefore).isLessThan(2 * (leader.binlogBytes() - before));
        }
    }

    private static void assertRelayLogEqualsLeaders(DatabaseServer leader, MillraceNode millrace) throws Exception {
        String identity = millrace.status().orElseThrow().getJsonObject("receiver").getString("leader");
        try (var files = Files.list(millrace.relay(identity))) {
            List<Path> ours = files.filter(MillraceNode::isBinlog).toList();
            assertThat(ours).isNotEmpty();
            for (Path file : ours) {
                byte[] theirs = Files.readAllBytes(leader.data().resolve(file.getFileName()));
                byte[] copy = Files.readAllBytes(file);
                theirs[IN_USE_FLAG] = copy[IN_USE_FLAG];
                assertThat(copy).as(file.getFileName().toString()).isEqualTo(theirs);
            }
        }
    }
}
