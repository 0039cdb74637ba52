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
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotSource;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The XA transactions that are prepared, and neither committed nor rolled back, at some place of the log. Their rows are before that
 * place, but in no view that shows it. One thread.
 */
public final class PreparedTransactions {
    private static final int TRIES = 100;
    private static final long PAUSE_MILLIS = 100;

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
    public static Map<String, BinlogCoordinates> at(RelayLog log, BinlogCoordinates since, BinlogCoordinates at)
            throws RelayLogException, IOException {
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

    /**
     * A prepared XA transaction is executed by its GTID but in no view. One that was prepared in the part of the log that is at hand is
     * noted with the coordinates; this waits for the end of those that were prepared before.
     */
    public static void awaitEnd(SnapshotSource source) throws SnapshotException, InterruptedException {
        List<String> prepared = source.preparedXa();
        for (int i = 0; i < TRIES && !prepared.isEmpty(); i++) {
            Thread.sleep(PAUSE_MILLIS);
            List<String> now = source.preparedXa();
            prepared = prepared.stream().filter(now::contains).toList();
        }
        if (!prepared.isEmpty()) {
            throw new SnapshotException.Busy("XA transactions are prepared on the leader and stay so (" + String.join(", ", prepared)
                    + "): commit them or roll them back, then try again", null);
        }
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
