package io.millrace.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.millrace.config.ProcessConfig;
import org.slf4j.LoggerFactory;

/**
 * Sets the logging up, to standard error. In code, since reading it from a file takes a quarter of the whole start. The system property
 * {@code millrace.log} is TEXT for people or JSON for machines; {@code millrace.level} is the least level, INFO where it is not given.
 */
public final class LogConfigurator extends ContextAwareBase implements Configurator {
    private static final boolean JSON = System.getProperty("millrace.log", "TEXT").equals("JSON");
    private static final String NAME = "console";
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0} - %msg %kvp%n%ex";

    @Override
    public ExecutionStatus configure(LoggerContext loggers) {
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(loggers);
        appender.setTarget("System.err");
        appender.setName(NAME);
        appender.setEncoder(encoder(loggers, JSON));
        appender.start();
        loggers.getLogger("com.zaxxer.hikari").setLevel(Level.ERROR);
        loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.toLevel(System.getProperty("millrace.level"), Level.INFO));
        loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(appender);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Goes over to a form when the configuration has been read: what was said before had the form of {@code millrace.log}. */
    static void use(ProcessConfig.LogFormat format) {
        if (format == ProcessConfig.LogFormat.TEXT && JSON) {
            return;
        }
        LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();
        Appender<ILoggingEvent> found = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender(NAME);
        if (found instanceof ConsoleAppender<ILoggingEvent> appender) {
            appender.stop();
            appender.setEncoder(encoder(loggers, format == ProcessConfig.LogFormat.JSON));
            appender.start();
        }
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext loggers, boolean machines) {
        if (machines) {
            JsonEncoder json = new JsonEncoder();
            json.setContext(loggers);
            json.start();
            return json;
        }
        PatternLayoutEncoder text = new PatternLayoutEncoder();
        text.setContext(loggers);
        text.setPattern(PATTERN);
        text.start();
        return text;
    }
}
