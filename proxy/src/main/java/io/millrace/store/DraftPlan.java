package io.millrace.store;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.snapshot.Catalog;
import java.time.Instant;
import java.util.List;

/**
 * What a snapshot that is being taken is going to be. It is written before the first chunk, so that a snapshot that was interrupted
 * can be gone on with.
 *
 * @param id names the snapshot in its repository
 * @param begunAt when it was begun, or gone on with
 * @param leader UUID of the leader
 * @param coordinates what is copied is the state of these
 * @param parts everything there is to copy, in the order in which it is begun
 */
public record DraftPlan(String id, Instant begunAt, String leader, BinlogCoordinates coordinates, Catalog catalog, List<Part> parts) {
    public DraftPlan {
        parts = List.copyOf(parts);
    }
}
