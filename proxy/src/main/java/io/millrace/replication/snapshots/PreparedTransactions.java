package io.millrace.replication.snapshots;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.compressed.CompressedEvents;
import io.millrace.binlog.compressed.TransactionPayloadReader;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.event.TransactionScanner;
import io.millrace.binlog.xa.XaEnd;
import io.millrace.binlog.xa.XaPrepareEvent;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The XA transactions that are prepared, and neither committed nor rolled back, at some place of the log. Their rows are before that
 * place, but in no view that shows it. One thread.
 */
final class PreparedTransactions {
    private final Map<String, BinlogCoordinates> prepared = new HashMap<>();
    private final TransactionScanner scanner = new TransactionScanner();
    private BinlogCoordinates start;

    private PreparedTransactions(BinlogCoordinates start) {
        this.start = start;
    }

    /**
     * Reads the log.
     *
     * @param since nothing that was prepared before it still is; the search begins up to a file earlier, because a transaction is in the
     *        log a moment before {@code XA RECOVER} lists it
     * @param at the place
     * @return where the transaction of each xid begins
     */
    static Map<String, BinlogCoordinates> at(RelayLog log, BinlogCoordinates since, BinlogCoordinates at) throws RelayLogException, IOException {
        List<String> names = log.fileNames();
        int file = Math.max(0, names.indexOf(since.file()) - 1);
        PreparedTransactions found = new PreparedTransactions(BinlogCoordinates.headOf(names.get(file)));
        try (RelayLogReader reader = log.read(found.start)) {
            while (reader.position().compareTo(at) < 0) {
                Optional<BinlogEvent> event = reader.poll();
                if (event.isEmpty()) {
                    break;
                }
                found.accept(event.get(), reader.position());
            }
        }
        return found.prepared;
    }

    private void accept(BinlogEvent event, BinlogCoordinates end) throws IOException {
        boolean wasOutside = scanner.isOutside();
        TransactionScanner.Step step = scanner.accept(event.header(), event.body());
        if (step == TransactionScanner.Step.OUTSIDE) {
            return;
        }
        if (wasOutside || EventType.isGtid(event.type())) {
            start = end.at(end.position() - event.header().length());
        }
        TransactionPayloadReader.forEach(event, this::phase);
    }

    private void phase(BinlogEvent event) {
        if (event.type() == EventType.XA_PREPARE) {
            XaPrepareEvent prepare = XaPrepareEvent.read(event.body());
            if (!prepare.onePhase()) {
                prepared.put(prepare.xid(), start);
            }
        } else if (event.type() == EventType.QUERY || event.type() == EventType.MARIADB_QUERY_COMPRESSED) {
            XaEnd.read(QueryEvent.read(CompressedEvents.plain(event).body()).latin1()).ifPresent(ended -> prepared.remove(ended.xid()));
        }
    }
}
