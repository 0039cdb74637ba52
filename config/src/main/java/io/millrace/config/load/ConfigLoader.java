package io.millrace.config.load;

import io.millrace.config.ConfigException;
import io.millrace.config.MillraceConfig;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.nodes.Node;

/** Reads the configuration file and reports every problem in one go. */
public final class ConfigLoader {
    private final References references;

    /** @param environment what {@code ${env:NAME}} looks into */
    public ConfigLoader(Map<String, String> environment) {
        this(new References(environment));
    }

    private ConfigLoader(References references) {
        this.references = references;
    }

    /** For those who need no secret: a reference that leads nowhere stands for itself. */
    public static ConfigLoader withoutSecrets(Map<String, String> environment) {
        return new ConfigLoader(References.lenient(environment));
    }

    /** @throws ConfigException with every problem of the file, each with file, line, full key and what is allowed */
    public MillraceConfig load(Path file) throws ConfigException {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new ConfigException(List.of(file + ": cannot be read (" + e.getClass().getSimpleName() + "): give its path with --config"));
        }
    }

    /** As {@link #load}, from text; {@code name} stands in the problems. */
    public MillraceConfig parse(String name, String text) throws ConfigException {
        Node root = compose(name, text);
        Problems problems = new Problems(name);
        MillraceConfig config = new RecordBinder(problems, references).bindRoot(MillraceConfig.class, root);
        problems.throwIfAny();
        return config;
    }

    private static Node compose(String name, String text) throws ConfigException {
        try {
            Node root = new Yaml(new LoaderOptions()).compose(new StringReader(text));
            if (root == null) {
                throw new ConfigException(List.of(name + ": is empty; it must hold channels:"));
            }
            return root;
        } catch (ReaderException e) {
            throw new ConfigException(List.of(name + ": is not YAML: it holds a character that no text has, at position " + e.getPosition()));
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            throw new ConfigException(List.of(name + ":" + line + ": is not YAML: " + e.getProblem()));
        }
    }
}
