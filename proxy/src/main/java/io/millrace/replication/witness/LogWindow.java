package io.millrace.replication.witness;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.compressed.TransactionPayloadReader;
import io.millrace.binlog.event.TransactionScanner;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.SnapshotView;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The part of the log around the moment in which views were opened. It begins with a file whose every predecessor all views have
 * executed, so nothing that was in flight can lie before it; or where the window of earlier views began, since files are large and views
 * may be opened many times. One thread.
 */
final class LogWindow {
    private static final Pattern CASCADE = Pattern.compile("ON (DELETE|UPDATE) (CASCADE|SET NULL|SET DEFAULT)");

    private final RelayLog log;
    private final Catalog catalog;
    private final Set<TableName> cascading = new HashSet<>();

    private final Map<String, LoggedTransaction> preparedXa;
    private final List<LoggedTransaction> transactions = new ArrayList<>();
    private final TransactionScanner scanner = new TransactionScanner();
    private Optional<TransactionCollector> collector = Optional.empty();
    private Optional<Gtid> gtid = Optional.empty();
    private final Optional<Base> known;
    /** By every view before it was opened. */
    private GtidSet executed = GtidSet.empty();
    private BinlogCoordinates start;
    private Optional<Base> base = Optional.empty();

    /**
     * A place before which nothing can lie that some view lacks.
     *
     * @param coordinates where a transaction ends
     * @param preparedXa what was prepared before, and neither committed nor rolled back
     */
    record Base(BinlogCoordinates coordinates, Map<String, LoggedTransaction> preparedXa) {
        Base {
            preparedXa = Map.copyOf(preparedXa);
        }
    }

    /** @param known of views that were opened earlier: what they had executed, later ones have too */
    LogWindow(RelayLog log, Catalog catalog, Optional<Base> known) {
        this.log = log;
        this.catalog = catalog;
        this.known = known;
        this.start = known.map(Base::coordinates).orElse(BinlogCoordinates.headOf("none.000000"));
        this.preparedXa = new HashMap<>(known.map(Base::preparedXa).orElse(Map.of()));
        for (TableDefinition table : catalog.tables()) {
            if (CASCADE.matcher(table.createStatement()).find()) {
                cascading.add(table.name());
            }
        }
    }

    /** Where the transaction before the first of {@link #transactions} ends. */
    BinlogCoordinates start() {
        return start;
    }

    /** Where a window of later views may begin. */
    Base base() {
        return base.orElseGet(() -> new Base(start, preparedXa));
    }

    /** Every transaction that at least one view may lack, and all after it, in log order. */
    List<LoggedTransaction> transactions() {
        return transactions;
    }

    /** Reads up to the latest view's end. */
    void read(List<SnapshotView> views) throws RelayLogException, IOException {
        BinlogCoordinates end = views.stream().map(SnapshotView::after).max(BinlogCoordinates::compareTo).orElseThrow();
        executed = views.getFirst().before();
        for (SnapshotView view : views) {
            executed = executed.minus(executed.minus(view.before()));
        }
        if (known.isEmpty()) {
            start = BinlogCoordinates.headOf(baseFile(end.file()));
        }
        try (RelayLogReader reader = log.read(start)) {
            while (reader.position().compareTo(end) < 0) {
                Optional<BinlogEvent> event = reader.poll();
                if (event.isEmpty()) {
                    break;
                }
                accept(event.get(), reader.position());
            }
        }
    }

    private String baseFile(String last) throws RelayLogException {
        List<String> names = log.fileNames();
        int at = names.indexOf(last);
        while (at > 0 && !executed.containsAll(log.gtidsBefore(names.get(at)).orElse(GtidSet.empty()))) {
            at--;
        }
        return names.get(Math.max(0, at));
    }

    private void accept(BinlogEvent event, BinlogCoordinates end) throws IOException {
        TransactionScanner.Step step = scanner.accept(event.header(), event.body());
        if (EventType.isGtid(event.type())) {
            gtid = GtidEventReader.read(event);
            collector = isInAll() && transactions.isEmpty() ? Optional.empty() : Optional.of(newCollector());
        }
        if (collector.isEmpty() && concernsXa(event)) {
            collector = Optional.of(newCollector());
        }
        if (collector.isPresent()) {
            TransactionPayloadReader.forEach(event, collector.get()::accept);
        }
        if (step == TransactionScanner.Step.END) {
            finish(end);
        }
    }

    private TransactionCollector newCollector() {
        return new TransactionCollector(catalog, cascading, gtid);
    }

    /** The rows of a prepared XA transaction are needed at its commit, however old the prepare is. */
    private static boolean concernsXa(BinlogEvent event) {
        return event.type() == EventType.QUERY && QueryEvent.read(event.body()).latin1().startsWith("XA ");
    }

    /** Whether every view has the transaction that is being read. */
    private boolean isInAll() {
        return gtid.filter(executed::contains).isPresent();
    }

    private void finish(BinlogCoordinates end) {
        boolean inAll = isInAll();
        if (!inAll && base.isEmpty()) {
            base = Optional.of(base());
        }
        Optional<LoggedTransaction> done = collector.map(open -> open.finish(end, preparedXa));
        if (inAll && transactions.isEmpty()) {
            start = end;
        } else {
            done.ifPresent(transactions::add);
        }
        collector = Optional.empty();
        gtid = Optional.empty();
    }
}
