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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A follower that dies between the commit of a statement and the note that it is done. */
class StatementsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** What the follower itself knows after the crash of a statement that is done. */
    enum Memory {
        /** It keeps no GTIDs. */
        NONE,
        /** MySQL 5.7 commits DDL before its GTID, and 8.0 does so where the session writes no binlog. */
        LOST, KEPT
    }

    @ParameterizedTest
    @EnumSource(Memory.class)
    void runsAStatementOnce(Memory memory) throws Exception {
        String[] options = memory == Memory.NONE ? new String[]{"--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"} : new String[0];
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1, options);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2,
                        memory == Memory.KEPT ? DatabaseServer.DURABLE.toArray(new String[0]) : options);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of("snapshot: {lock: all}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower, memory == Memory.KEPT ? "binlog: write" : "binlog: skip")))) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            String before = leader.value("SELECT @@global.gtid_executed");
            dieWhenDone("ALTER TABLE shop.item ADD extra INT", leader, follower, millrace);
            String statement = leader.value("SELECT GTID_SUBTRACT(@@global.gtid_executed, '" + before + "')");
            if (memory == Memory.LOST) {
                String rest = follower.value("SELECT GTID_SUBTRACT(@@global.gtid_executed, '" + statement + "')");
                follower.execute("RESET MASTER", "SET GLOBAL gtid_purged = '" + rest + "'");
            }
            leader.execute("INSERT INTO shop.item VALUES (1, 2)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            assertThat(TableContents.differences(leader, follower)).isEmpty();
            if (memory == Memory.KEPT) {
                assertThat(follower.value("SELECT GTID_SUBSET('" + statement + "', @@global.gtid_executed)")).isEqualTo("1");
            }
        }
    }

    @Test
    void stopsAtTheNextStatementIfThatSaysItWasDoneAndAgainAfterARestart() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer follower = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)");
            millrace.start();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            dieWhenDone("ALTER TABLE shop.item ADD extra INT", leader, follower, millrace);
            follower.execute("CREATE TABLE shop.other (id VARCHAR(9) PRIMARY KEY)");
            leader.execute("CREATE TABLE shop.other (id INT PRIMARY KEY)");
            for (int start = 0; start < 2; start++) {
                millrace.start();
                assertThat(millrace.await("copy", status -> status.getString("state").equals("stopped"), PATIENCE).getString("detail"))
                        .contains("1050");
                millrace.kill();
            }
        }
    }

    /** A table's lock holds the statement, then a row's lock the note that it is done. */
    private static void dieWhenDone(String statement, DatabaseServer leader, DatabaseServer follower, MillraceNode millrace) throws Exception {
        try (Connection tables = follower.connect();
                Statement table = tables.createStatement();
                Connection rows = follower.connect();
                Statement row = rows.createStatement()) {
            table.execute("BEGIN");
            table.execute("SELECT * FROM shop.item");
            leader.execute(statement);
            follower.await("SELECT pending <> '' FROM millrace.checkpoint", "1", PATIENCE);
            follower.await("SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock'", "1", PATIENCE);
            row.execute("BEGIN");
            row.execute("SELECT * FROM millrace.checkpoint FOR UPDATE");
            table.execute("ROLLBACK");
            follower.await("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'shop' AND column_name = 'extra'", "1", PATIENCE);
            follower.await("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'", "1", PATIENCE);
            millrace.kill();
            follower.kill();
        }
        follower.start();
    }
}
