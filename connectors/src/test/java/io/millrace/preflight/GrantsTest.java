package io.millrace.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GrantsTest {
    @Test
    void readsWholeNamesOnly() {
        Grants grants = new Grants(List.of("GRANT CREATE VIEW, REPLICATION SLAVE ADMIN ON *.* TO `a`@`%`", "GRANT `reader`@`%` TO `a`@`%`"));
        assertThat(grants.has("CREATE VIEW")).isTrue();
        assertThat(grants.has("CREATE")).isFalse();
        assertThat(grants.has("REPLICATION SLAVE")).isFalse();
    }

    @Test
    void allOfASchemaIsNotEverything() {
        Grants schema = new Grants(List.of("GRANT USAGE ON *.* TO `a`@`%`", "GRANT ALL PRIVILEGES ON `shop`.* TO `a`@`%`"));
        assertThat(schema.has("TRIGGER")).isTrue();
        assertThat(schema.has("RELOAD")).isFalse();
        assertThat(new Grants(List.of("GRANT ALL PRIVILEGES ON *.* TO `a`@`%`")).has("RELOAD")).isTrue();
    }

    @Test
    void knowsWhatHoldsOnEverySchema() {
        Grants grants = new Grants(List.of("GRANT SELECT ON `shop`.* TO `a`@`%` WITH GRANT OPTION", "GRANT EVENT ON *.* TO `a`@`%`"));
        assertThat(grants.hasEverywhere("SELECT")).isFalse();
        assertThat(grants.hasEverywhere("EVENT")).isTrue();
        assertThat(grants.hasEverywhere("GRANT OPTION")).isFalse();
        assertThat(new Grants(List.of("GRANT ALL PRIVILEGES ON *.* TO `a`@`%`")).hasEverywhere("GRANT OPTION")).isFalse();
        assertThat(new Grants(List.of("GRANT ALL PRIVILEGES ON *.* TO `a`@`%` WITH GRANT OPTION")).hasEverywhere("GRANT OPTION")).isTrue();
    }

    @Test
    void knowsWhatAPartialRevokeTakesBack() {
        Grants grants = new Grants(List.of("GRANT SELECT, EVENT ON *.* TO `a`@`%`", "REVOKE SELECT ON `secret`.* FROM `a`@`%`",
                "REVOKE EVENT ON `mysql`.* FROM `a`@`%`"));
        assertThat(grants.has("SELECT")).isTrue();
        assertThat(grants.hasEverywhere("SELECT")).isFalse();
        assertThat(grants.hasEverywhere("EVENT")).as("nothing of that schema is copied").isTrue();
    }

    @Test
    void givesTheStatementThatMends() {
        assertThat(Grants.statement("EVENT", "feeder")).isEqualTo("GRANT EVENT ON *.* TO 'feeder'@'%';");
    }
}
