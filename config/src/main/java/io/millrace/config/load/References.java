package io.millrace.config.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts the values of {@code ${env:NAME}} and {@code ${file:PATH}} into a text. */
final class References {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(env|file):([^}]+)}");

    private static final String BEGINNING = "${";

    private final Map<String, String> environment;
    private final boolean lenient;

    References(Map<String, String> environment) {
        this(environment, false);
    }

    private References(Map<String, String> environment, boolean lenient) {
        this.environment = Map.copyOf(environment);
        this.lenient = lenient;
    }

    /** Leaves a reference that leads nowhere as it stands. */
    static References lenient(Map<String, String> environment) {
        return new References(environment, true);
    }

    /** @throws IllegalArgumentException when what is referred to does not exist; the message holds no value */
    String resolve(String text) {
        Matcher matcher = REFERENCE.matcher(text);
        if (REFERENCE.matcher(text).replaceAll("").contains(BEGINNING)) {
            throw new IllegalArgumentException("holds a reference of another form than ${env:NAME} and ${file:PATH}");
        }
        StringBuilder resolved = new StringBuilder();
        while (matcher.find()) {
            String value = value(matcher.group(), matcher.group(1).equals("env"), matcher.group(2));
            matcher.appendReplacement(resolved, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(resolved).toString();
    }

    private String value(String reference, boolean ofEnvironment, String name) {
        try {
            return ofEnvironment ? fromEnvironment(name) : fromFile(Path.of(name));
        } catch (IllegalArgumentException e) {
            if (!lenient) {
                throw e;
            }
            return reference;
        }
    }

    private String fromEnvironment(String name) {
        String value = environment.get(name);
        if (value == null) {
            throw new IllegalArgumentException("refers to the environment variable " + name + ", which is not set");
        }
        return value;
    }

    private static String fromFile(Path file) {
        try {
            return Files.readString(file).stripTrailing();
        } catch (IOException e) {
            throw new IllegalArgumentException("refers to the file " + file + ", which cannot be read", e);
        }
    }
}
