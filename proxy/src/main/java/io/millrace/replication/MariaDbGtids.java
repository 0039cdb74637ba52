package io.millrace.replication;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Says coordinates of a MariaDB leader's log by GTID: the last of each domain before them.
 *
 * @see <a href="https://mariadb.com/kb/en/binlog_gtid_pos/">BINLOG_GTID_POS</a>
 */
final class MariaDbGtids {
    private MariaDbGtids() {
    }

    /** As {@code gtid_slave_pos} takes it; empty where there is none before the coordinates. */
    static String before(RelayLog log, BinlogCoordinates coordinates) throws RelayLogException {
        Map<Long, String> last = new TreeMap<>();
        for (String gtid : log.mariaDbGtidsBefore(coordinates.file()).orElse("").split(",", -1)) {
            note(gtid, last);
        }
        try (RelayLogReader reader = log.read(BinlogCoordinates.headOf(coordinates.file()))) {
            Optional<BinlogEvent> event = reader.poll();
            while (event.isPresent() && reader.position().compareTo(coordinates) <= 0) {
                if (event.get().type() == EventType.MARIADB_GTID) {
                    note(GtidEventReader.readMariaDb(event.get()), last);
                }
                event = reader.poll();
            }
        }
        return String.join(",", last.values());
    }

    private static void note(String gtid, Map<Long, String> last) {
        if (!gtid.isBlank()) {
            last.put(Long.parseLong(gtid.substring(0, gtid.indexOf('-'))), gtid);
        }
    }
}
