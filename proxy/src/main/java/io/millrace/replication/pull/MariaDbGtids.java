package io.millrace.replication.pull;

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
import org.jspecify.annotations.Nullable;

/**
 * Says coordinates of a MariaDB leader's log by GTID: the last of each domain before them. One thread; going forward, nothing is read
 * twice.
 *
 * @see <a href="https://mariadb.com/kb/en/binlog_gtid_pos/">BINLOG_GTID_POS</a>
 */
public final class MariaDbGtids {
    private final RelayLog log;
    private final Map<Long, String> last = new TreeMap<>();
    private @Nullable BinlogCoordinates countedTo;

    public MariaDbGtids(RelayLog log) {
        this.log = log;
    }

    RelayLog log() {
        return log;
    }

    /** As {@code gtid_slave_pos} takes it; empty where there is none before the coordinates. */
    public String before(BinlogCoordinates coordinates) throws RelayLogException {
        BinlogCoordinates from = countedTo;
        if (from == null || !from.file().equals(coordinates.file()) || from.compareTo(coordinates) > 0) {
            from = BinlogCoordinates.headOf(coordinates.file());
            last.clear();
            for (String gtid : log.mariaDbGtidsBefore(coordinates.file()).orElse("").split(",", -1)) {
                note(gtid);
            }
        }
        try (RelayLogReader reader = log.read(from)) {
            Optional<BinlogEvent> event = reader.poll();
            while (event.isPresent() && reader.position().compareTo(coordinates) <= 0) {
                if (event.get().type() == EventType.MARIADB_GTID) {
                    note(GtidEventReader.readMariaDb(event.get()));
                }
                from = reader.position();
                event = reader.poll();
            }
        }
        countedTo = from;
        return String.join(",", last.values());
    }

    /** Whether whoever has applied the one list has all of the other: in each of its domains as far, or further. */
    static boolean reaches(String applied, String wanted) {
        Map<Long, Long> reached = sequences(applied);
        return sequences(wanted).entrySet().stream().allMatch(domain -> reached.getOrDefault(domain.getKey(), 0L) >= domain.getValue());
    }

    private static Map<Long, Long> sequences(String gtids) {
        Map<Long, Long> sequences = new TreeMap<>();
        for (String gtid : gtids.split(",", -1)) {
            String[] numbers = gtid.strip().split("-", -1);
            if (numbers.length == 3) {
                sequences.merge(Long.parseLong(numbers[0]), Long.parseLong(numbers[2]), Math::max);
            }
        }
        return sequences;
    }

    private void note(String gtid) {
        if (!gtid.isBlank()) {
            last.put(Long.parseLong(gtid.substring(0, gtid.indexOf('-'))), gtid);
        }
    }
}
