package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Tells whether an event begins at a position. */
final class EventPositions {
    private EventPositions() {
    }

    /** @param limit up to where the file is whole */
    static boolean begins(Path file, long position, long limit) throws IOException, RelayLogException {
        List<PositionIndex.Entry> known = PositionIndex.read(file, position);
        try (EventChannel events = new EventChannel(file)) {
            events.seek(known.isEmpty() ? BinlogCoordinates.HEAD : known.getLast().position(), limit);
            Optional<BinlogEvent> event = Optional.empty();
            while (events.position() < position) {
                event = events.next(limit);
                if (event.isEmpty()) {
                    return false;
                }
            }
            return events.position() == position;
        }
    }
}
