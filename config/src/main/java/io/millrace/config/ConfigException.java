package io.millrace.config;

import java.util.List;

/** The configuration cannot be used; every problem that was found, at once. */
public final class ConfigException extends Exception {
    private final transient List<String> problems;

    /** @param problems each with file, line, full key and what is allowed */
    public ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** Every problem, in the order of the file. */
    public List<String> problems() {
        return problems;
    }
}
