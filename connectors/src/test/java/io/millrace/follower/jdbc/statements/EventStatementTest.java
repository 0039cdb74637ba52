package io.millrace.follower.jdbc.statements;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventStatementTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1|CREATE EVENT e ON SCHEDULE EVERY 1 DAY OFF DO SELECT 1",
            "create definer=`a`@`%` event if not exists `do`.`enable` on schedule every 1 day do begin end|create definer=`a`@`%` event if not exists"
                    + " `do`.`enable` on schedule every 1 day OFF do begin end",
            "CREATE DEFINER=root@localhost EVENT s.e ON SCHEDULE AT '2030-01-01' ENABLE DO UPDATE t SET a = 1|CREATE DEFINER=root@localhost EVENT s.e"
                    + " ON SCHEDULE AT '2030-01-01' OFF DO UPDATE t SET a = 1",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY ON COMPLETION PRESERVE DISABLE COMMENT 'enable do' DO SELECT 'DISABLE'|CREATE EVENT e ON SCHEDULE"
                    + " EVERY 1 DAY ON COMPLETION PRESERVE OFF COMMENT 'enable do' DO SELECT 'DISABLE'",
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE ON SLAVE DO ALTER EVENT f ENABLE|CREATE EVENT e ON SCHEDULE EVERY 1 DAY OFF DO ALTER"
                    + " EVENT f ENABLE",
            "CREATE EVENT e ON SCHEDULE EVERY (1+1) DAY COMMENT 'it''s \\' do' /* enable */ DO ALTER EVENT f ENABLE|CREATE EVENT e ON SCHEDULE EVERY"
                    + " (1+1) DAY OFF COMMENT 'it''s \\' do' /* enable */ DO ALTER EVENT f ENABLE",
            "/* tool */ CREATE /*!50106 EVENT e ON SCHEDULE EVERY 1 DAY ENABLE DO SELECT 1 */|/* tool */ CREATE /*!50106 EVENT e ON SCHEDULE EVERY 1 DAY"
                    + " OFF DO SELECT 1 */",
            "CREATE OR REPLACE EVENT e ON SCHEDULE EVERY 1 DAY DO SELECT 1|CREATE OR REPLACE EVENT e ON SCHEDULE EVERY 1 DAY OFF DO SELECT 1",
            "ALTER EVENT e ENABLE|ALTER EVENT e OFF", "ALTER EVENT e RENAME TO enable DISABLE|ALTER EVENT e RENAME TO enable OFF",
            "ALTER DEFINER = CURRENT_USER EVENT `s`.`e` DISABLE ON REPLICA COMMENT 'x'|ALTER DEFINER = CURRENT_USER EVENT `s`.`e` OFF COMMENT 'x'"})
    void disables(String given, String wanted) {
        assertThat(EventStatement.asOfReplica(given, "OFF", null)).isEqualTo(wanted);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ALTER EVENT e COMMENT 'enable' DO SELECT 1", "ALTER EVENT e RENAME TO enable", "ALTER EVENT e DO ALTER EVENT f ENABLE",
            "DROP EVENT e", "CREATE TABLE event (enable INT)", "CREATE PROCEDURE p() ALTER EVENT e ENABLE",
            "CREATE TRIGGER event BEFORE INSERT ON t FOR EACH ROW SET @do = 1", "ALTER TABLE event ADD enable INT",
            "CREATE DEFINER=event@event VIEW v AS SELECT 1"})
    void leavesEverythingElseAlone(String sql) {
        assertThat(EventStatement.asOfReplica(sql, "OFF", null)).isEqualTo(sql);
    }

    @Test
    void endsWhereAQuoteDoesNot() {
        assertThat(EventStatement.asOfReplica("CREATE EVENT e COMMENT 'x", "OFF", null)).isEqualTo("CREATE EVENT e OFF COMMENT 'x");
    }

    @Test
    void belongsToWhoAlteredIt() {
        assertThat(EventStatement.asOfReplica("ALTER EVENT e ENABLE", "OFF", "`ü`@`%`")).isEqualTo("ALTER DEFINER=`Ã¼`@`%` EVENT e OFF");
        assertThat(EventStatement.asOfReplica("ALTER DEFINER=`a`@`b` EVENT e ENABLE", "OFF", "`u`@`%`"))
                .isEqualTo("ALTER DEFINER=`a`@`b` EVENT e OFF");
        assertThat(EventStatement.asOfReplica("ALTER TABLE event ADD a INT", "OFF", "`u`@`%`")).isEqualTo("ALTER TABLE event ADD a INT");
    }
}
