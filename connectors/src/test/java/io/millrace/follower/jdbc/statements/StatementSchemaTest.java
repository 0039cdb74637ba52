package io.millrace.follower.jdbc.statements;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementSchemaTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {"DROP DATABASE millrace|millrace",
            "create schema if not exists `a b` charset utf8mb4|a b",
            "ALTER DATABASE `x` COLLATE utf8mb4_bin|x", "ALTER DATABASE CHARACTER SET latin1|own", "CREATE TABLE t (a INT)|own",
            "CREATE OR REPLACE TABLE a.t AS SELECT * FROM b.t|a", "DROP TABLE IF EXISTS `millrace` . `checkpoint`, other.t|millrace",
            "/* tool */ ALTER TABLE ü.t ADD database INT|ü", "RENAME TABLE a.t TO b.t|a", "TRUNCATE a.t|a", "TRUNCATE TABLE t|own",
            "CREATE UNIQUE INDEX i USING BTREE ON a.t (x)|a", "DROP INDEX i ON t|own",
            "CREATE DEFINER=`table`@`%` SQL SECURITY DEFINER VIEW a.v AS SELECT 1|a",
            "CREATE DEFINER=event@table TRIGGER a.t BEFORE INSERT ON t FOR EACH ROW SET"
                    + " @a = 1|a",
            "DROP PROCEDURE IF EXISTS p|own", "INSERT LOW_PRIORITY IGNORE INTO a.t VALUES (1)|a", "UPDATE t SET a = 1|own",
            "UPDATE millrace.checkpoint SET file = 1|millrace", "DELETE QUICK FROM a.t|a", "LOAD DATA INFILE 'x' INTO TABLE a.t|a",
            "CREATE TEMPORARY TABLE IF NOT EXISTS a.t (x INT)|a",
            "DROP /*!40005 TEMPORARY */ TABLE IF EXISTS a.t|a"})
    void tellsWhatIsDefined(String sql, String schema) {
        assertThat(StatementSchema.of(new String(sql.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1), "own")).contains(schema);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {"RENAME TABLE a.t TO b.t|a b", "DROP TABLE a.t, `b`.u|a b",
            "UPDATE a.t JOIN b.u ON t.x = u.x SET u.y = 1 WHERE c.z = 1|a b t u", "DELETE a.t FROM a.t JOIN b.u WHERE c.x = 1|a b",
            "WITH x AS (SELECT 1) UPDATE b.u SET y = c.z|b", "INSERT INTO a.t SELECT * FROM b.t|^^", "CREATE VIEW a.v AS SELECT * FROM b.t|^^"})
    void tellsAllThatMayChange(String sql, String schemas) {
        assertThat(StatementSchema.allOf(sql)).containsExactlyInAnyOrder(schemas.isEmpty() ? new String[0] : schemas.split(" ", -1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATE USER table@schema", "GRANT ALL ON a.* TO b", "DROP ROLE r", "FLUSH PRIVILEGES", "SET PASSWORD = 'x'", "",
            "/* nothing */",
            "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (DATABASE 'x')"})
    void knowsWhatIsOfNoSchema(String sql) {
        assertThat(StatementSchema.of(sql, "own")).isEmpty();
    }
}
