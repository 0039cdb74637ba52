package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.config.ConfigException;
import io.millrace.config.MillraceConfig;
import io.millrace.config.load.ConfigLoader;
import io.millrace.itest.server.CuttableLink;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.NativeReplica;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each misconfiguration and missing privilege gives its one clear message. */
class PreflightIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final Pattern REMEDY = Pattern.compile("(GRANT|SET GLOBAL) [^;]+;");

    private static DatabaseServer leader;
    private static DatabaseServer follower;

    @BeforeAll
    static void start() throws Exception {
        leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
        follower = DatabaseServer.start(ServerKind.MYSQL_80, 2, DatabaseServer.DURABLE.toArray(new String[0]));
    }

    @AfterAll
    static void stop() throws Exception {
        leader.close();
        follower.close();
    }

    @Test
    void saysOkWhereNothingIsMissing() throws Exception {
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            assertThat(millrace.run("check", "--config", millrace.config().toString())).contains("leader 127.0.0.1:" + leader.port() + ": ok")
                    .contains("follower copy: ok");
        }
    }

    /** What asks the running process needs none of the secrets, and finds the port that was free. */
    @Test
    void asksARunningProcessWithoutSecrets() throws Exception {
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of())) {
            millrace.start();
            millrace.awaitServing(PATIENCE);
            String text = Files.readString(millrace.config());
            Path mine = millrace.config().resolveSibling("mine.yaml");
            Files.writeString(mine, text.replace("password: " + DatabaseServer.PASSWORD, "password: ${env:NOT_SET_HERE}")
                    .replaceFirst("httpPort: [0-9]+", "httpPort: 0"));
            assertThat(millrace.run("status", "--config", mine.toString())).contains("leader connected");
            assertThat(millrace.run("snapshot", "list", "--config", mine.toString())).contains("channel main");
            assertThat(failure(millrace, "snapshot", "take", "--channel", "nothing", "--config", mine.toString())).contains("must name one of main");
            assertThat(failure(millrace, "status", "-o", "xml", "--config", mine.toString())).contains("must be table or json");
        }
    }

    @Test
    void saysWhatSnapshotsCannotDo() throws Exception {
        follower.execute("CREATE USER 'plain'@'%' IDENTIFIED BY '" + DatabaseServer.PASSWORD + "'", "GRANT ALL ON *.* TO 'plain'@'%'");
        leader.execute("CREATE DATABASE aria", "CREATE TABLE aria.t (id INT) ENGINE=MyISAM");
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {users: true, schemas: [shpo], lock: never}"),
                List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("user: " + DatabaseServer.ADMIN, "user: plain"));
            assertThat(failure(millrace, "check", "--config", millrace.config().toString())).contains("The leader has no schema shpo")
                    .contains("TO 'plain'@'%' WITH GRANT OPTION;").doesNotContain("aria.t");
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("schemas: [shpo], ", ""));
            assertThat(failure(millrace, "check", "--config", millrace.config().toString())).contains("aria.t (MyISAM)", "snapshot.lock: never");
        } finally {
            leader.execute("DROP DATABASE aria");
        }
    }

    @Test
    void namesEveryMissingSettingAndPrivilegeWithWhatMendsIt() throws Exception {
        leader.execute("SET GLOBAL binlog_format = 'STATEMENT'", "SET GLOBAL binlog_row_image = 'MINIMAL'",
                "REVOKE REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES ON *.* FROM '" + DatabaseServer.REPLICATION + "'@'%'",
                "CREATE DATABASE old", "CREATE TABLE old.t (id INT) ENGINE=MyISAM");
        follower.execute("SET GLOBAL local_infile = OFF", "SET GLOBAL super_read_only = ON");
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            String said = failure(millrace, "check", "--config", millrace.config().toString());
            assertThat(said).contains("SET GLOBAL binlog_format = 'ROW';").contains("SET GLOBAL binlog_row_image = 'FULL';")
                    .contains("GRANT REPLICATION SLAVE ON *.* TO 'millrace'@'%';").contains("GRANT REPLICATION CLIENT ON *.* TO 'millrace'@'%';")
                    .contains("such as old.t (MyISAM)").contains("GRANT LOCK TABLES ON *.* TO 'millrace'@'%';")
                    .contains("SET GLOBAL local_infile = ON;").contains("SET GLOBAL super_read_only = OFF;");
        } finally {
            leader.execute("SET GLOBAL binlog_format = 'ROW'", "SET GLOBAL binlog_row_image = 'FULL'", "DROP DATABASE old",
                    "GRANT REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES ON *.* TO '" + DatabaseServer.REPLICATION + "'@'%'");
            follower.execute("SET GLOBAL super_read_only = OFF", "SET GLOBAL read_only = OFF", "SET GLOBAL local_infile = ON");
        }
    }

    /** A leader and two followers, one of them a replica, whose accounts have nothing at first. */
    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void whatItSaysToGrantIsEnough(ServerKind kind) throws Exception {
        try (DatabaseServer poor = DatabaseServer.start(kind, 1);
                DatabaseServer copy = DatabaseServer.start(kind, 2, DatabaseServer.DURABLE.toArray(new String[0]));
                DatabaseServer replica = DatabaseServer.start(kind, 3);
                MillraceNode millrace = MillraceNode.serving(poor.port(), List.of(MillraceNode.FollowerEntry.of("copy", copy),
                        MillraceNode.FollowerEntry.of("replica", replica, withoutRedoLog(kind))))) {
            poor.execute("REVOKE ALL PRIVILEGES, GRANT OPTION FROM '" + DatabaseServer.REPLICATION + "'@'%'", "CREATE DATABASE shop",
                    "CREATE TABLE shop.t (id INT PRIMARY KEY, KEY (id))", "CREATE VIEW shop.v AS SELECT * FROM shop.t",
                    "CREATE TRIGGER shop.r BEFORE INSERT ON shop.t FOR EACH ROW SET NEW.id = NEW.id + 1",
                    "CREATE EVENT shop.e ON SCHEDULE EVERY 1 DAY DO DO 1", "CREATE PROCEDURE shop.p() DO 1", "INSERT INTO shop.t VALUES (1)");
            for (DatabaseServer follower : List.of(copy, replica)) {
                follower.execute("CREATE USER 'feeder'@'%' IDENTIFIED BY '" + DatabaseServer.PASSWORD + "'");
            }
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("user: " + DatabaseServer.ADMIN, "user: feeder"));
            String said = failure(millrace, "check", "--config", millrace.config().toString());
            assertThat(said).contains("lacks TRIGGER: it does not see triggers, and snapshots lack them");
            int ofCopy = said.indexOf("follower copy:");
            int ofReplica = said.indexOf("follower replica:");
            mend(poor, said.substring(0, ofCopy));
            mend(copy, said.substring(ofCopy, ofReplica));
            mend(replica, said.substring(ofReplica));
            assertThat(millrace.run("check", "--config", millrace.config().toString())).contains("leader 127.0.0.1:" + poor.port() + ": ok")
                    .doesNotContain("ERROR");
            millrace.start();
            millrace.await("replica", status -> status.getString("state").equals("live"), PATIENCE);
            poor.execute("INSERT INTO shop.t VALUES (10)");
            millrace.awaitCaughtUp("copy", poor, PATIENCE);
            new NativeReplica(replica).awaitCaughtUp(poor, PATIENCE);
            for (DatabaseServer follower : List.of(copy, replica)) {
                assertThat(TableContents.differences(poor, follower)).isEmpty();
                assertThat(follower.value("SELECT CONCAT((SELECT COUNT(*) FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'shop'),"
                        + " (SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'shop'),"
                        + " (SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'shop'),"
                        + " (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'shop'))")).isEqualTo("1111");
            }
        }
    }

    private static String[] withoutRedoLog(ServerKind kind) {
        return kind == ServerKind.MYSQL_97 ? new String[]{"feed: pull", "loadWithoutRedoLog: true"} : new String[]{"feed: pull"};
    }

    private static void mend(DatabaseServer server, String said) throws SQLException {
        for (MatchResult remedy : REMEDY.matcher(said).results().toList()) {
            server.execute(remedy.group());
        }
    }

    /** SHOW GRANTS tells what comes by the roles that are active. */
    @Test
    void knowsPrivilegesThatComeByARole() throws Exception {
        String account = "'" + DatabaseServer.REPLICATION + "'@'%'";
        leader.execute("CREATE ROLE feeding", "GRANT ALL ON *.* TO feeding", "REVOKE ALL PRIVILEGES, GRANT OPTION FROM " + account,
                "GRANT feeding TO " + account, "SET DEFAULT ROLE feeding TO " + account);
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of())) {
            assertThat(millrace.run("check", "--config", millrace.config().toString())).contains("leader 127.0.0.1:" + leader.port() + ": ok");
        } finally {
            leader.execute("GRANT ALL ON *.* TO " + account, "DROP ROLE feeding");
        }
    }

    /** Whoever does not run check must hear of it too: a server shows such an account no trigger, and no error. */
    @Test
    void saysWhatASnapshotLacks() throws Exception {
        String account = "'" + DatabaseServer.REPLICATION + "'@'%'";
        leader.execute("REVOKE TRIGGER ON *.* FROM " + account);
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of())) {
            millrace.start();
            millrace.awaitDurable(leader, PATIENCE);
            millrace.run("snapshot", "take", "--config", millrace.config().toString());
            assertThat(millrace.wholeLog()).contains("the snapshot has none of the leader's triggers").doesNotContain("leader's events")
                    .contains("GRANT TRIGGER ON *.* TO 'millrace'@'%';");
        } finally {
            leader.execute("GRANT TRIGGER ON *.* TO " + account);
        }
    }

    @Test
    void refusesAFollowerThatHoldsUserData() throws Exception {
        follower.execute("CREATE DATABASE precious");
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            millrace.start();
            JsonObject stopped = millrace.awaitStopped("copy", PATIENCE);
            assertThat(stopped.getString("detail")).contains("holds user data (schemas precious)").contains("replace: true");
            assertThat(follower.value("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'precious'")).isEqualTo("1");
        } finally {
            follower.execute("DROP DATABASE precious");
        }
    }

    /** Whoever says replace: true, and means another server, must not lose the leader. */
    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void neverTakesTheLeaderForAFollower(ServerKind kind) throws Exception {
        try (DatabaseServer alone = DatabaseServer.start(kind, 1);
                CuttableLink alias = new CuttableLink(alone.port());
                MillraceNode millrace = new MillraceNode(alone.port(), List.of("snapshot: {lock: all}"),
                        List.of(new MillraceNode.FollowerEntry("copy", alias.port(), List.of("replace: true"))))) {
            alone.execute("CREATE DATABASE precious", "CREATE TABLE precious.t (id INT PRIMARY KEY)", "INSERT INTO precious.t VALUES (1)");
            assertThat(failure(millrace, "check", "--config", millrace.config().toString())).contains("is the leader itself");
            millrace.start();
            assertThat(millrace.awaitStopped("copy", PATIENCE).getString("detail")).contains("is the leader itself", "take it out of the channel's");
            assertThat(alone.value("SELECT COUNT(*) FROM precious.t")).isEqualTo("1");
            assertThat(alone.value("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'millrace'")).isEqualTo("0");
        }
    }

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void givesNothingToAReplicaOfTheLeader(ServerKind kind) throws Exception {
        try (DatabaseServer source = DatabaseServer.start(kind, 11);
                DatabaseServer replica = DatabaseServer.start(kind, 2);
                MillraceNode millrace = new MillraceNode(source.port(), List.of("snapshot: {lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", replica, "replace: true")))) {
            NativeReplica natively = new NativeReplica(replica);
            natively.replicate(new NativeReplica.Source(source.port(), DatabaseServer.REPLICATION, DatabaseServer.PASSWORD, true, false),
                    natively.startFrom(source));
            source.execute("CREATE DATABASE precious");
            replica.await("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'precious'", "1", PATIENCE);
            millrace.start();
            assertThat(millrace.awaitStopped("copy", PATIENCE).getString("detail")).contains("would get every change twice", "RESET");
        }
    }

    /** Whatever another Millrace is feeding is neither fed back nor emptied. */
    @ParameterizedTest
    @EnumSource(value = ServerKind.class, names = {"MYSQL_80", "MARIADB_1011"})
    void keepsOutOfWhatAnotherMillraceDoes(ServerKind kind) throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(kind), kind + " is not installed");
        try (DatabaseServer first = DatabaseServer.start(kind, 11);
                DatabaseServer second = DatabaseServer.start(kind, 12);
                MillraceNode millrace = new MillraceNode(first.port(), List.of("snapshot: {lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", second)));
                MillraceNode back = new MillraceNode(second.port(), List.of("snapshot: {lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("back", first, "replace: true")));
                MillraceNode again = new MillraceNode(first.port(), List.of("leader.serverId: 4711", "snapshot: {lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("again", second, "replace: true")))) {
            first.execute("CREATE DATABASE precious", "CREATE TABLE precious.t (id INT PRIMARY KEY)", "INSERT INTO precious.t VALUES (1)");
            millrace.start();
            millrace.awaitCaughtUp("copy", first, PATIENCE);
            back.start();
            again.start();
            assertThat(back.awaitStopped("back", PATIENCE).getString("detail")).contains("another Millrace feeds it", "would come back");
            assertThat(again.awaitStopped("again", PATIENCE).getString("detail")).contains("is fed under another name at this moment (copy)");
            assertThat(first.value("SELECT COUNT(*) FROM precious.t")).isEqualTo("1");
            first.execute("INSERT INTO precious.t VALUES (2)");
            millrace.awaitCaughtUp("copy", first, PATIENCE);
            assertThat(second.value("SELECT COUNT(*) FROM precious.t")).isEqualTo("2");
        }
    }

    @Test
    void saysWhatAFollowerNeedsThatDoesNotKnowTheLeadersTimeZones() throws Exception {
        try (DatabaseServer knowing = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer ignorant = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = new MillraceNode(knowing.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", ignorant)))) {
            knowing.execute("SET SESSION sql_log_bin = 0", "INSERT INTO mysql.time_zone VALUES (1, 'N')",
                    "INSERT INTO mysql.time_zone_name VALUES ('Test/Zone', 1)",
                    "INSERT INTO mysql.time_zone_transition_type VALUES (1, 0, 3600, 0, 'TST')");
            millrace.start();
            millrace.awaitCaughtUp("copy", knowing, PATIENCE);
            knowing.execute("CREATE DATABASE d",
                    "SET SESSION time_zone = 'Test/Zone'; CREATE EVENT d.e ON SCHEDULE AT NOW() + INTERVAL 1 DAY DO SELECT 1");
            assertThat(millrace.awaitStopped("copy", PATIENCE).getString("detail")).contains("Test/Zone", "mysql_tzinfo_to_sql");
        }
    }

    @Test
    void saysWhoRefusesAWrongPassword() throws Exception {
        leader.execute("ALTER USER '" + DatabaseServer.REPLICATION + "'@'%' IDENTIFIED BY 'another'");
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of())) {
            assertThat(failure(millrace, "check", "--config", millrace.config().toString())).contains("Access denied for user 'millrace'")
                    .contains("127.0.0.1:" + leader.port()).doesNotContain(DatabaseServer.PASSWORD);
        } finally {
            leader.execute("ALTER USER '" + DatabaseServer.REPLICATION + "'@'%' IDENTIFIED BY '" + DatabaseServer.PASSWORD + "'");
        }
    }

    @Test
    void saysWhyAFollowerCannotBeReached() throws Exception {
        follower.execute("ALTER USER '" + DatabaseServer.ADMIN + "'@'%' IDENTIFIED BY 'another'");
        try (MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            assertThat(failure(millrace, "check", "--config", millrace.config().toString())).contains("The follower copy")
                    .contains("Access denied for user 'admin'").doesNotContain(DatabaseServer.PASSWORD);
        } finally {
            restore(follower);
        }
    }

    private static void restore(DatabaseServer server) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:mysql://127.0.0.1:" + server.port() + "/?allowPublicKeyRetrieval=true",
                DatabaseServer.ADMIN, "another"); Statement statement = connection.createStatement()) {
            statement.execute("ALTER USER '" + DatabaseServer.ADMIN + "'@'%' IDENTIFIED BY '" + DatabaseServer.PASSWORD + "'");
        }
    }

    @Test
    void theExampleOfTheReadmeIsAConfiguration() throws Exception {
        String readme = Files.readString(Path.of("../README.md"));
        String yaml = readme.substring(readme.indexOf("```yaml") + 7).split("```", 2)[0].replace("${file:/run/secrets/follower}", "x");
        assertThat(parse(yaml).channels()).hasSize(1);
    }

    private static MillraceConfig parse(String yaml) throws ConfigException {
        return new ConfigLoader(Map.of("LEADER_PASSWORD", "x")).parse("README.md", yaml);
    }

    static String failure(MillraceNode millrace, String... arguments) {
        try {
            return "unexpected success: " + millrace.run(arguments);
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
