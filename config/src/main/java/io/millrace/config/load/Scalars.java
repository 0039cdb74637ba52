package io.millrace.config.load;

import io.millrace.config.value.ByteSize;
import io.millrace.config.value.Secret;
import io.millrace.config.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads single values: each type has one form, and a message that names it. */
final class Scalars {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)");

    private Scalars() {
    }

    /** @throws IllegalArgumentException saying what is allowed */
    static Object parse(Class<?> type, String text, Setting setting) {
        if (type == int.class) {
            return Math.toIntExact(wholeNumber(text, setting));
        }
        if (type == long.class) {
            return wholeNumber(text, setting);
        }
        if (type == boolean.class) {
            return truth(text);
        }
        if (type == Duration.class) {
            return duration(text);
        }
        if (type == ByteSize.class) {
            return ByteSize.parse(text);
        }
        if (type == Secret.class) {
            return new Secret(text);
        }
        if (type == Path.class) {
            return Path.of(text);
        }
        return type.isEnum() ? constant(type, text) : text;
    }

    /** How a constant is written in the file: {@code verify-ca} for {@code VERIFY_CA}. */
    static String spelling(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String allowed(Class<?> type) {
        return Arrays.stream(type.getEnumConstants()).map(Scalars::spelling).collect(Collectors.joining(", "));
    }

    private static long wholeNumber(String text, Setting setting) {
        String bounds = bounds(setting);
        try {
            long number = Long.parseLong(text);
            if (number >= setting.min() && number <= setting.max()) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a whole number" + bounds + ", was \"" + text + "\"", e);
        }
        throw new IllegalArgumentException("must be" + bounds + ", was " + text);
    }

    private static String bounds(Setting setting) {
        return setting.min() == Long.MIN_VALUE ? "" : " " + setting.min() + " to " + setting.max();
    }

    private static boolean truth(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false, was \"" + text + "\"");
        };
    }

    private static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("must be a duration such as 500ms, 30s, 5m, 12h or 3d, was \"" + text + "\"");
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
    }

    private static Object constant(Class<?> type, String text) {
        for (Object constant : type.getEnumConstants()) {
            if (spelling(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("must be one of " + allowed(type) + ", was \"" + text + "\"");
    }
}
