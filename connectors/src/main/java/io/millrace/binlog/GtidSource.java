package io.millrace.binlog;

import java.util.Comparator;
import java.util.UUID;

/**
 * Where a GTID was made: a server, and since 8.3 optionally a tag.
 *
 * @param tag lower case, empty for none
 */
public record GtidSource(UUID server, String tag) implements Comparable<GtidSource> {
    private static final Comparator<GtidSource> ORDER = Comparator.comparing((GtidSource source) -> source.server.toString())
            .thenComparing(GtidSource::tag);

    @Override
    public int compareTo(GtidSource other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return tag.isEmpty() ? server.toString() : server + ":" + tag;
    }
}
