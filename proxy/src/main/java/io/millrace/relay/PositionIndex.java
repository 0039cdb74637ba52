package io.millrace.relay;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Positions between transactions of one relay log file, sparse, and the time of the newest event before each, a line each, in a file
 * beside it. All of them were durable when they were noted, so that what lies before the last need not be looked at after a crash. It
 * may be missing or torn, and is made anew from its file. The GTIDs before a file stand at its own head. One thread writes.
 */
final class PositionIndex {
    /** About how far positions lie apart, in bytes. */
    static final long STEP = 4 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(PositionIndex.class);
    private static final String SUFFIX = ".positions";
    private static final Pattern LINE = Pattern.compile("(\\d{1,18}) (\\d{1,10})");

    private PositionIndex() {
    }

    /**
     * A line.
     *
     * @param position between two transactions
     * @param seconds since 1970, by the leader's clock, of the newest event before it; 0 if none has a time
     */
    record Entry(long position, long seconds) {}

    static Path of(Path file) {
        return file.resolveSibling(file.getFileName() + SUFFIX);
    }

    /** Adds a position, if that is possible now. */
    static void add(Path file, Entry entry) {
        try {
            Files.writeString(of(file), line(entry), StandardCharsets.US_ASCII, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("file", of(file)).addKeyValue("cause", e.getMessage()).log("a position of a relay log file is not noted");
        }
    }

    private static String line(Entry entry) {
        return entry.position() + " " + entry.seconds() + "\n";
    }

    /** What is up to {@code limit}, rising; nothing after a line that is not whole. */
    static List<Entry> read(Path file, long limit) throws IOException {
        List<Entry> entries = new ArrayList<>();
        if (!Files.exists(of(file))) {
            return entries;
        }
        String text = Files.readString(of(file), StandardCharsets.ISO_8859_1);
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
            Matcher numbers = LINE.matcher(line);
            long position = numbers.matches() ? Long.parseLong(numbers.group(1)) : 0;
            if (position > limit || position <= (entries.isEmpty() ? 0 : entries.getLast().position())) {
                break;
            }
            entries.add(new Entry(position, Long.parseLong(numbers.group(2))));
        }
        return entries;
    }

    /** Makes the index anew if that is possible now, as it is not on a full disk: whoever has none reads more of the file, and no worse. */
    static void rewrite(Path file, List<Entry> entries) {
        StringBuilder text = new StringBuilder();
        entries.forEach(entry -> text.append(line(entry)));
        try {
            Files.writeString(of(file), text, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("file", of(file)).addKeyValue("cause", e.getMessage()).log("positions of a relay log file are not noted");
        }
    }
}
