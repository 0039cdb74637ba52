package io.millrace.follower.jdbc.statements;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which statements must not be run again when it is not known whether they were run. */
class RepeatedStatementTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"ALTER TABLE s.p EXCHANGE PARTITION p0 WITH TABLE s.x|true", "rename table a TO t, b TO a, t TO b|true",
            "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a|true", "ALTER TABLE t CHANGE a b INT, CHANGE b a INT|true",
            "ALTER TABLE t ADD INDEX (a)|true", "ALTER TABLE t ADD UNIQUE KEY (a)|true", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p (id)|true",
            "ALTER TABLE t ADD CHECK (a > 1)|true", "ALTER TABLE t ADD UNIQUE (a)|true", "ALTER TABLE t ADD INDEX a (a)|false",
            "ALTER TABLE t ADD COLUMN c INT|false", "ALTER TABLE t ADD (c INT, d INT)|false", "ALTER TABLE t ADD PRIMARY KEY (a)|false",
            "RENAME TABLE a TO b|false", "RENAME TABLE `db`.`t` TO `db`.`_t_old`, `db`.`_t_new` TO `db`.`t`|false",
            "/* app */ ALTER /* x */ TABLE s.p EXCHANGE PARTITION p0 WITH TABLE s.x|true", "ALTER TABLE t CHANGE a a INT, CHANGE b b BIGINT|false",
            "ALTER TABLE t ADD  (c INT, d INT)|false", "ALTER TABLE t ADD c INT COMMENT 'CHANGE a b, CHANGE b a, ADD KEY (a)'|false",
            "ALTER TABLE t RENAME COLUMN a TO b|false", "CREATE TABLE t (a INT, INDEX (a))|false",
            "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a, DROP INDEX i, ADD KEY i (a)|true",
            "ALTER TABLE t CHANGE a b INT, CHANGE b a INT, DROP COLUMN IF EXISTS c|true",
            "ALTER TABLE t CHANGE a b INT, CHANGE b a INT, DROP c|false",
            "-- swap~ALTER TABLE t RENAME COLUMN `a#1` TO b, RENAME COLUMN b TO `a#1`|true", "#~ALTER IGNORE TABLE t ADD INDEX (a)|true",
            "ALTER TABLE t ADD UNIQUE KEY USING BTREE (a)|true", "ALTER TABLE t ADD INDEX a USING BTREE (a)|false",
            "ALTER TABLE t COALESCE PARTITION 2|true", "ALTER TABLE t ADD PARTITION PARTITIONS 4|true",
            "ALTER TABLE t DROP COLUMN b, CHANGE a b INT, ADD COLUMN a INT|true", "ALTER TABLE t CHANGE a b INT, ADD COLUMN a INT|false",
            "ALTER TABLE t ADD PARTITION (PARTITION p9 VALUES LESS THAN (9))|false",
            "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES p (id)|false"})
    void knowsWhatASecondRunWouldUndoOrDouble(String sql, boolean undone) {
        assertThat(RepeatedStatement.undoesItself(sql.replace('~', '\n'))).isEqualTo(undone);
    }

    @Test
    void readsPastLongTexts() {
        assertThat(RepeatedStatement.undoesItself("ALTER TABLE t COMMENT '" + "x''".repeat(50_000) + "', ADD INDEX (a)")).isTrue();
    }
}
