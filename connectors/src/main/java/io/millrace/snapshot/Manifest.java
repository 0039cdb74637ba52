package io.millrace.snapshot;

import io.millrace.binlog.BinlogCoordinates;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot is: its coordinates, how they were proved, and what it holds. It is written last; without it there is no snapshot.
 *
 * @param format version of this record's form
 * @param id names the snapshot in its repository
 * @param gtidSet everything the snapshot holds, in the server's text; empty where the leader has no GTIDs
 * @param preparedXa where the rows of XA transactions stand in the log that were prepared at the coordinates: they are not in the snapshot
 * @param proof how exactness was proved
 * @param scope what of the leader it holds; null in manifests of before it was noted
 */
public record Manifest(int format, String id, Instant takenAt, String leader, String leaderVersion, BinlogCoordinates coordinates, String gtidSet,
        Map<String, BinlogCoordinates> preparedXa, Proof proof, @Nullable Scope scope, Catalog catalog, List<Chunk> chunks) {
    /** The form that this version writes. */
    public static final int FORMAT = 2;

    public Manifest {
        preparedXa = Map.copyOf(preparedXa);
        chunks = List.copyOf(chunks);
    }

    /**
     * What of a leader is copied.
     *
     * @param schemas in the order of their names; empty for all but the server's own
     * @param accounts whether accounts and their grants are, too
     */
    public record Scope(List<String> schemas, boolean accounts) {
        public Scope {
            schemas = schemas.stream().distinct().sorted().toList();
        }
    }

    /** The first place of the log that a follower needs after it was seeded. */
    public BinlogCoordinates oldest() {
        return preparedXa.values().stream().filter(start -> start.compareTo(coordinates) < 0).min(BinlogCoordinates::compareTo).orElse(coordinates);
    }

    /** The same with what was copied. */
    public Manifest with(List<Chunk> copied) {
        return new Manifest(format, id, takenAt, leader, leaderVersion, coordinates, gtidSet, preparedXa, proof, scope, catalog, copied);
    }

    /** Where it leaves a follower. */
    public SeededAt seededAt() {
        return new SeededAt(leader, coordinates, gtidSet, preparedXa);
    }

    /** All rows of all chunks. */
    public long rows() {
        return chunks.stream().mapToLong(Chunk::rows).sum();
    }

    /** The size of all chunks before compression. */
    public long bytes() {
        return chunks.stream().mapToLong(Chunk::bytes).sum();
    }

    /** The size of each table's chunks before compression; nothing of tables without. */
    public Map<TableName, Long> bytesByTable() {
        return chunks.stream().collect(Collectors.groupingBy(Chunk::table, Collectors.summingLong(Chunk::bytes)));
    }

    /**
     * How the coordinates were proved.
     *
     * @param opening the rung of the ladder that succeeded
     * @param attempts how often views were opened
     * @param witnessReads rows that were read inside the views of the last attempt
     * @param milliseconds from the first attempt to the proof
     */
    public record Proof(Opening opening, int views, int attempts, int witnessReads, long milliseconds) {}
}
