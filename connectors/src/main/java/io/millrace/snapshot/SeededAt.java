package io.millrace.snapshot;

import io.millrace.binlog.BinlogCoordinates;
import java.util.Map;

/**
 * Where seeding leaves a follower.
 *
 * @param leader identity of the leader in whose log the coordinates are
 * @param gtidSet everything the follower holds, in the server's text; empty where the leader has no GTIDs
 * @param preparedXa where the rows of XA transactions stand in the log that are prepared at the coordinates and not in the follower
 */
public record SeededAt(String leader, BinlogCoordinates coordinates, String gtidSet, Map<String, BinlogCoordinates> preparedXa) {
    public SeededAt {
        preparedXa = Map.copyOf(preparedXa);
    }
}
