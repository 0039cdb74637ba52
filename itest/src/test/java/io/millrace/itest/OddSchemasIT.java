package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.Installation;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a snapshot must make again though the leader shows it in another time zone, character set or order than the follower needs. */
class OddSchemasIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void areTheSameInAnotherTimeZoneAndCharacterSet(ServerKind kind) throws Exception {
        String explicit = "--explicit-defaults-for-timestamp=";
        String followers = kind.isMariaDb() ? "ON" : "OFF"; // Where a session cannot say it, as MariaDB's before 10.10.
        try (DatabaseServer leader = DatabaseServer.start(kind, 1, "--default-time-zone=+08:00", explicit + "ON", "--character-set-server=latin1");
                DatabaseServer follower = DatabaseServer.start(kind, 2, explicit + followers, "--character-set-server=latin1");
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {chunkSize: 64KiB}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE odd", "USE odd",
                    "CREATE TABLE shifted (id INT PRIMARY KEY, at TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00', bare TIMESTAMP NOT NULL)",
                    "INSERT INTO shifted VALUES (1, '2024-05-05 01:02:03', '2024-05-05 01:02:03')",
                    "CREATE TABLE computed (a INT AS (1) STORED)", "INSERT INTO computed VALUES (), ()",
                    "CREATE TABLE `größe` (id INT PRIMARY KEY) ENGINE = MyISAM", "INSERT INTO `größe` VALUES (7)",
                    "CREATE TABLE dates (day DATE PRIMARY KEY)", "SET SESSION sql_mode = 'ALLOW_INVALID_DATES'",
                    IntStream.range(1000, 9999).mapToObj(year -> "('" + year + "-02-30'), ('" + year + "-02-31')")
                            .collect(Collectors.joining(", ", "INSERT INTO dates VALUES ", "")),
                    "ANALYZE TABLE dates");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(follower.value("SELECT COUNT(*) FROM odd.computed")).isEqualTo("2");
        }
    }

    @Test
    void comeInAnOrderInWhichEachFindsWhatItNeeds() throws Exception {
        Assumptions.assumeThat(Installation.isAvailable(ServerKind.MARIADB_1011)).as("MariaDB is installed").isTrue();
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MARIADB_1011, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MARIADB_1011, 2, "--max-statement-time=60");
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE shop", "USE shop", "CREATE SEQUENCE orders_seq START WITH 5",
                    "CREATE TABLE orders (id BIGINT DEFAULT NEXT VALUE FOR orders_seq PRIMARY KEY, n INT)", "INSERT INTO orders (n) VALUES (1), (2)",
                    "SET SESSION sql_mode = ORACLE", "CREATE PACKAGE prices AS FUNCTION twice(n INT) RETURN INT; END",
                    "CREATE PACKAGE BODY prices AS FUNCTION twice(n INT) RETURN INT AS BEGIN RETURN 2 * n; END; END",
                    "CREATE VIEW doubled AS SELECT id, prices.twice(n) AS n FROM orders");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            String doubled = "SELECT GROUP_CONCAT(id, ':', n ORDER BY id) FROM shop.doubled";
            assertThat(follower.value(doubled)).isEqualTo(leader.value(doubled)).isEqualTo("5:2,6:4");
            leader.execute("INSERT INTO shop.orders (n) VALUES (3)", "DROP VIEW shop.doubled", "SET SESSION sql_mode = ORACLE",
                    "DROP PACKAGE shop.prices");
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(follower.value("SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'shop'")).isEqualTo("0");
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }
}
