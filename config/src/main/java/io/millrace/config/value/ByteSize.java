package io.millrace.config.value;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes with its unit, such as {@code 64MiB}.
 *
 * @param bytes zero or more
 */
public record ByteSize(long bytes) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,15})\\s*(B|KiB|MiB|GiB|TiB)");

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size is never below zero, was " + bytes);
        }
    }

    /**
     * Reads a size with a binary unit.
     *
     * @throws IllegalArgumentException saying which forms are allowed
     */
    public static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("must be a size such as 512KiB, 64MiB or 10GiB");
        }
        int power = switch (matcher.group(2)) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            case "TiB" -> 40;
            default -> 0;
        };
        return new ByteSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << power));
    }

    @Override
    public String toString() {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        long value = bytes;
        int unit = 0;
        while (unit < units.length - 1 && value != 0 && value % 1024 == 0) {
            value /= 1024;
            unit++;
        }
        return value + units[unit];
    }
}
