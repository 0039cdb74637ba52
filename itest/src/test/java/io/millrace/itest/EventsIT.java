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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Events of the scheduler, which run on the leader and must not run on followers that the log brings their effects to. */
class EventsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String AWAKE = "SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'd' AND STATUS IN ('ENABLED', 'DISABLED')";

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void runOnTheLeaderOnly(ServerKind kind) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(kind, 1, "--event-scheduler=ON");
                DatabaseServer replay = DatabaseServer.start(kind, 2, "--event-scheduler=ON");
                DatabaseServer sql = DatabaseServer.start(kind, 3, "--event-scheduler=ON");
                MillraceNode millrace = new MillraceNode(leader.port(), List.of(), List.of(MillraceNode.FollowerEntry.of("replay", replay),
                        MillraceNode.FollowerEntry.of("sql", sql, "apply: sql")))) {
            leader.execute("CREATE DATABASE d", "USE d",
                    "CREATE TABLE tick (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(20), at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
                    "SET SESSION time_zone = '+05:30'; CREATE EVENT copied ON SCHEDULE EVERY 1 SECOND DO INSERT INTO d.tick (what) VALUES ('copied')",
                    "CREATE EVENT soon_over ON SCHEDULE EVERY 1 SECOND ENDS CURRENT_TIMESTAMP + INTERVAL 3 SECOND COMMENT 'do enable'"
                            + " DO INSERT INTO d.tick (what) VALUES ('soon over')",
                    "CREATE EVENT off ON SCHEDULE EVERY 1 SECOND DISABLE DO INSERT INTO d.tick (what) VALUES ('off')");
            millrace.start();
            millrace.await("replay", status -> status.getString("state").equals("live"), PATIENCE);
            millrace.await("sql", status -> status.getString("state").equals("live"), PATIENCE);
            leader.execute("USE d",
                    "/* tool */ CREATE EVENT logged ON SCHEDULE EVERY 1 SECOND ENABLE DO BEGIN INSERT INTO d.tick (what) VALUES ('logged'); END",
                    "ALTER EVENT off ENABLE", "GRANT INSERT ON d.* TO " + DatabaseServer.REPLICATION);
            if (kind == ServerKind.MYSQL_97) { // The definer has it.
                leader.execute("GRANT SYSTEM_USER ON *.* TO " + DatabaseServer.REPLICATION);
            }
            try (Connection other = leader.connect(DatabaseServer.REPLICATION); Statement statement = other.createStatement()) {
                statement.execute("ALTER EVENT d.logged ON SCHEDULE EVERY 2 SECOND");
            }
            leader.await("SELECT COUNT(*) > 1 FROM d.tick WHERE what = 'off'", "1", PATIENCE);
            leader.await("SELECT COUNT(*) > 1 FROM d.tick WHERE what = 'logged'", "1", PATIENCE);
            leader.await("SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_NAME = 'soon_over'", "0", PATIENCE);
            assertThat(replay.value(AWAKE)).isEqualTo("0");
            assertThat(sql.value(AWAKE)).isEqualTo("0");
            assertThat(replay.value("SELECT TIME_ZONE FROM information_schema.EVENTS WHERE EVENT_NAME = 'copied'")).isEqualTo("+05:30");
            leader.execute("SET GLOBAL event_scheduler = OFF");
            leader.await("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'event_scheduler'", "0", PATIENCE);
            millrace.awaitCaughtUp("replay", leader, PATIENCE);
            millrace.awaitCaughtUp("sql", leader, PATIENCE);
            String definer = "SELECT DEFINER FROM information_schema.EVENTS WHERE EVENT_NAME = 'logged'";
            assertThat(replay.value(definer)).isEqualTo(leader.value(definer)).isEqualTo(DatabaseServer.REPLICATION + "@%");
            assertThat(TableContents.differences(leader, replay)).isEmpty();
            assertThat(TableContents.differences(leader, sql)).isEmpty();
        }
    }
}
