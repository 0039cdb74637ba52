package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A transaction that is larger than the heap. Its size in MiB: {@code -Dmillrace.transaction=4096} in the nightly form. */
class LargeTransactionIT {
    private static final int MEBIBYTES = Integer.getInteger("millrace.transaction", 320);
    private static final Duration PATIENCE = Duration.ofMinutes(8 + MEBIBYTES / 128);

    @Test
    void passesThroughAHeapThatIsSmallerThanIt() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1, "--innodb-log-file-size=256M");
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2, "--max-allowed-packet=2M", "--innodb-log-file-size=256M");
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)),
                        "-Xmx256m")) {
            leader.execute("CREATE DATABASE big", "CREATE TABLE big.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(4000))",
                    "INSERT INTO big.t (v) VALUES ('before')");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            try (Connection connection = leader.connect(); Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("INSERT INTO big.t (v) SELECT REPEAT(MD5(RAND()), 120) FROM information_schema.COLLATIONS a,"
                        + " information_schema.COLLATIONS b, information_schema.COLLATIONS c LIMIT " + MEBIBYTES / 4 * 270);
                for (int i = 0; i < 3; i++) {
                    statement.execute("INSERT INTO big.t (v) SELECT REPEAT(MD5(id + " + i + "), 120) FROM big.t LIMIT " + MEBIBYTES / 4 * 270);
                }
                connection.commit();
            }
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            assertThat(Long.parseLong(leader.value("SELECT SUM(LENGTH(v)) FROM big.t"))).isGreaterThan(MEBIBYTES * 1_000_000L);
        }
    }

    /** Four readers and four loaders have one each at the same time. */
    @Test
    void copiesRowsOfWhichTheHeapCouldNotHoldOneForEachReader() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1, "--max-allowed-packet=64M");
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2, "--max-allowed-packet=64M");
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)),
                        "-Xmx80m")) {
            leader.execute("CREATE DATABASE docs");
            for (int table = 0; table < 4; table++) {
                leader.execute("CREATE TABLE docs.d" + table + " (id INT PRIMARY KEY, b LONGBLOB, c INT)", "INSERT INTO docs.d" + table
                        + " VALUES (1, REPEAT(CHAR(0, 9, 10, 92, 65 + " + table
                        + "), 4 << 20), 7), (2, NULL, NULL), (3, REPEAT('x', (1 << 24) - 9), 8)");
            }
            leader.execute("FLUSH BINARY LOGS");
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }
}
