package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.config.ProcessConfig;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The logging has begun long before the configuration is read. */
class LogConfiguratorTest {
    private static final Logger LOG = LoggerFactory.getLogger(LogConfiguratorTest.class);

    @Test
    void goesOverToTheFormThatTheConfigurationWants() {
        assertThat(logged()).contains("INFO").doesNotStartWith("{");
        LogConfigurator.use(ProcessConfig.LogFormat.JSON);
        assertThat(logged()).startsWith("{").contains("\"message\":\"said\"");
        LogConfigurator.use(ProcessConfig.LogFormat.TEXT);
        assertThat(logged()).doesNotStartWith("{");
    }

    private static String logged() {
        PrintStream before = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            LOG.info("said");
            return said.toString(StandardCharsets.UTF_8);
        } finally {
            System.setErr(before);
        }
    }
}
