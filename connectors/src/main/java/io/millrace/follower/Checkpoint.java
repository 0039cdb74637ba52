package io.millrace.follower;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import java.util.Map;

/**
 * What a follower has durably applied.
 *
 * @param leader identity of the leader whose log the coordinates are in
 * @param coordinates where the log goes on
 * @param gtids everything applied; may hold more than lies before the coordinates, which is then left out
 * @param preparedXa where the rows of XA transactions stand in the log that are prepared and not yet committed
 */
public record Checkpoint(String leader, BinlogCoordinates coordinates, GtidSet gtids, Map<String, BinlogCoordinates> preparedXa) {
    public Checkpoint {
        preparedXa = Map.copyOf(preparedXa);
    }

    /** The first place of the log that is still needed: rows of a prepared XA transaction may lie before the coordinates. */
    public BinlogCoordinates oldest() {
        return preparedXa.values().stream().filter(start -> start.compareTo(coordinates) < 0).min(BinlogCoordinates::compareTo).orElse(coordinates);
    }
}
