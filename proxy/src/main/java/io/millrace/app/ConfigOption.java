package io.millrace.app;

import io.millrace.config.ConfigException;
import io.millrace.config.MillraceConfig;
import io.millrace.config.load.ConfigLoader;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** {@code --config FILE}, the same for every command. */
final class ConfigOption {
    @Option(names = {"-c",
            "--config"}, paramLabel = "FILE", defaultValue = "/etc/millrace/millrace.yaml", description = "The configuration file (default: ${DEFAULT-VALUE}).")
    private Path file = Path.of("/etc/millrace/millrace.yaml");

    /** The same for a command that needs no secret: the environment of whoever calls may lack them. */
    Optional<MillraceConfig> loadWithoutSecrets() {
        try {
            return Optional.of(ConfigLoader.withoutSecrets(System.getenv()).load(file));
        } catch (ConfigException e) {
            e.problems().forEach(Console::error);
            return Optional.empty();
        }
    }

    /** The settings; empty after every problem was printed. */
    Optional<MillraceConfig> load() {
        try {
            MillraceConfig config = new ConfigLoader(System.getenv()).load(file);
            LogConfigurator.use(config.process().logFormat());
            return Optional.of(config);
        } catch (ConfigException e) {
            e.problems().forEach(Console::error);
            return Optional.empty();
        }
    }
}
