package io.millrace.snapshot;

import java.util.List;

/**
 * Part of a table by the leading columns of its primary key, in the order of the key.
 *
 * @param from SQL literals of as many columns, included; empty for the beginning
 * @param to the same, excluded; empty for the end
 */
public record KeyRange(List<String> from, List<String> to) {
    public static final KeyRange ALL = new KeyRange(List.of(), List.of());

    public KeyRange {
        from = List.copyOf(from);
        to = List.copyOf(to);
    }
}
