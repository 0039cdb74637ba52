package io.millrace.follower.jdbc.statements;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.event.SessionVariables;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WantedStatementsTest {
    private static final WantedStatements NEITHER = new WantedStatements(new AppliedSchemas(Set.of()), false, false);

    @ParameterizedTest
    @ValueSource(strings = {"DROP USER a", "-- why~DROP USER a", "# why~--~GRANT SELECT ON *.* TO a", "/**/ /* x */REVOKE ALL FROM a",
            "-- v2~create trigger t before insert on s for each row set @a = 1", "/* app */FLUSH TABLES"})
    void leavesOutWhatIsNotTheFollowersWhateverComesBefore(String sql) {
        assertThat(NEITHER.leavesOut(event(sql))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/* app */ CREATE PROCEDURE p() BEGIN /* x */ FLUSH TABLES; END",
            "/* a */ CREATE PROCEDURE p() BEGIN /* x */ GRANT SELECT ON *.* TO a; END", "/* a */ ALTER TABLE t COMMENT '/* */ DROP TRIGGER x'",
            "CREATE TABLE t (a INT) -- ~DROP USER a"})
    void takesWhatOnlyHoldsSuchWords(String sql) {
        assertThat(NEITHER.leavesOut(event(sql))).isFalse();
    }

    /** A dump tool may put its licence there. */
    @Test
    void readsBehindAnyNumberOfComments() {
        assertThat(NEITHER.leavesOut(event("-- line~".repeat(20_000) + "DROP USER a"))).isTrue();
        assertThat(NEITHER.leavesOut(event(" ".repeat(20_000) + "DROP TABLE a"))).isFalse();
    }

    private static QueryEvent event(String sql) {
        return new QueryEvent(1, "d", 0, new SessionVariables(Map.of()), ByteBuffer.wrap(sql.replace('~', '\n').getBytes(StandardCharsets.UTF_8)));
    }
}
