package io.millrace.snapshot;

import java.util.Optional;

/**
 * Part of a table by the first column of its primary key.
 *
 * @param from included; empty for the beginning
 * @param to excluded; empty for the end
 */
public record KeyRange(Optional<String> from, Optional<String> to) {
    public static final KeyRange ALL = new KeyRange(Optional.empty(), Optional.empty());
}
