package io.millrace.replication.seeding;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.util.Optional;

/** Every GTID that stands in the log before some place. */
final class LoggedGtids {
    private LoggedGtids() {
    }

    /** @param at must be durable; everything in its file is read up to there */
    static GtidSet before(RelayLog log, BinlogCoordinates at) throws RelayLogException {
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
