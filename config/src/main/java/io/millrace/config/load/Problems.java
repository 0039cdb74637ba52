package io.millrace.config.load;

import io.millrace.config.ConfigException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.yaml.snakeyaml.nodes.Node;

/** Collects what is wrong with one file. */
final class Problems {
    private record Problem(int line, String text) {}

    private final String file;
    private final List<Problem> found = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    void add(Node node, String sentence) {
        int line = node.getStartMark().getLine() + 1;
        found.add(new Problem(line, file + ":" + line + ": " + sentence));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    void throwIfAny() throws ConfigException {
        if (!found.isEmpty()) {
            throw new ConfigException(found.stream().sorted(Comparator.comparingInt(Problem::line)).map(Problem::text).toList());
        }
    }
}
