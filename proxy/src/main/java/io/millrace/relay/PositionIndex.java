package io.millrace.relay;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Positions between transactions of one relay log file, sparse, a line each, in a file beside it. All of them were durable when they
 * were noted, so that what lies before the last need not be looked at after a crash. It may be missing or torn, and is made anew from
 * its file. One thread writes.
 */
final class PositionIndex {
    /** About how far positions lie apart, in bytes. */
    static final long STEP = 4 << 20;
    private static final String SUFFIX = ".positions";

    private PositionIndex() {
    }

    static Path of(Path file) {
        return file.resolveSibling(file.getFileName() + SUFFIX);
    }

    /** Adds a position. */
    static void add(Path file, long position) throws IOException {
        Files.writeString(of(file), position + "\n", StandardCharsets.US_ASCII, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** The positions up to {@code limit}, rising; none after a line that is not whole. */
    static List<Long> read(Path file, long limit) throws IOException {
        List<Long> positions = new ArrayList<>();
        if (!Files.exists(of(file))) {
            return positions;
        }
        String text = Files.readString(of(file), StandardCharsets.ISO_8859_1);
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            long position = line.matches("\\d{1,18}") ? Long.parseLong(line) : 0;
            if (position > limit || position <= (positions.isEmpty() ? 0 : positions.getLast())) {
                break;
            }
            positions.add(position);
        }
        return positions;
    }

    /** Makes the index anew. */
    static void rewrite(Path file, List<Long> positions) throws IOException {
        StringBuilder text = new StringBuilder();
        positions.forEach(position -> text.append(position).append('\n'));
        Files.writeString(of(file), text, StandardCharsets.US_ASCII);
    }
}
