package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import java.util.Optional;

/** Every GTID of MySQL's kind that stands in the log before some place. Any thread. */
public final class LoggedGtids {
    private LoggedGtids() {
    }

    /**
     * What is before a place, and before the log.
     *
     * @param at must be durable; everything in its file is read up to there
     */
    public static GtidSet before(RelayLog log, BinlogCoordinates at) throws RelayLogException {
        GtidSet.Builder found = new GtidSet.Builder();
        try (RelayLogReader reader = log.read(BinlogCoordinates.headOf(at.file()))) {
            while (reader.position().compareTo(at) < 0) {
                Optional<BinlogEvent> event = reader.poll();
                if (event.isEmpty()) {
                    break;
                }
                if (EventType.isGtid(event.get().type())) {
                    GtidEventReader.read(event.get()).ifPresent(found::add);
                }
            }
        }
        return log.gtidsBefore(at.file()).orElse(GtidSet.empty()).union(found.build());
    }
}
