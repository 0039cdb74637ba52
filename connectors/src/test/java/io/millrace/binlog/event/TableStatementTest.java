package io.millrace.binlog.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TableStatementTest {
    @Test
    void findsTheDefinitionOfATableThatIsFilled() {
        assertThat(TableStatement.definitionOfFilled("CREATE TABLE `t` (\n  `a` int\n) START TRANSACTION"))
                .contains("CREATE TABLE `t` (\n  `a` int\n)");
        assertThat(TableStatement.definitionOfFilled("CREATE OR REPLACE TABLE `t` (`a` int)")).contains("CREATE OR REPLACE TABLE `t` (`a` int)");
        assertThat(TableStatement.definitionOfFilled("CREATE TEMPORARY TABLE `t` (`a` int)")).isEmpty();
        assertThat(TableStatement.definitionOfFilled("INSERT INTO t VALUES ('CREATE TABLE')")).isEmpty();
    }
}
