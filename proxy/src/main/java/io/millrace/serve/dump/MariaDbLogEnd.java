package io.millrace.serve.dump;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The last GTID of each domain and server of a MariaDB leader's log. One thread; nothing is read twice, and no more than is asked for. */
final class MariaDbLogEnd {
    private final RelayLog log;
    private final Map<List<Long>, MariaDbPosition.Entry> last = new HashMap<>();
    private @Nullable BinlogCoordinates countedTo;

    MariaDbLogEnd(RelayLog log) {
        this.log = log;
    }

    /** What a replica has and the log does not now. */
    Optional<MariaDbPosition.Entry> ahead(MariaDbPosition position) throws RelayLogException {
        List<String> names = log.fileNames();
        if (names.isEmpty()) {
            return Optional.empty();
        }
        BinlogCoordinates from = countedTo;
        if (from == null) {
            from = BinlogCoordinates.headOf(names.getLast());
            MariaDbPosition.list(log.mariaDbGtidsBefore(names.getLast()).orElse("")).forEach(this::note);
        }
        if (position.isReachedBy(logged())) {
            return Optional.empty();
        }
        try (RelayLogReader reader = log.read(from)) {
            for (Optional<BinlogEvent> event = reader.poll(); event.isPresent(); event = reader.poll()) {
                if (event.get().type() == EventType.MARIADB_GTID) {
                    note(MariaDbPosition.Entry.parse(GtidEventReader.readMariaDb(event.get())));
                }
            }
            countedTo = reader.position();
        }
        return position.aheadOf(logged());
    }

    private List<MariaDbPosition.Entry> logged() {
        return new ArrayList<>(last.values());
    }

    private void note(MariaDbPosition.Entry entry) {
        last.put(List.of(entry.domain(), entry.server()), entry);
    }
}
