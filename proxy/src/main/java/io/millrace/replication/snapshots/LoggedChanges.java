package io.millrace.replication.snapshots;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.compressed.TransactionPayloadReader;
import io.millrace.binlog.compressed.CompressedEvents;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Which tables the log changed between two coordinates: what was copied of all others is still true. One thread. */
final class LoggedChanges {
    private static final List<String> NO_CHANGE = List.of("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "FLUSH", "ANALYZE", "XA START", "XA END");

    private final Set<TableName> changed = new HashSet<>();
    private boolean unknown;

    private LoggedChanges() {
    }

    /** Reads the log from one to the other. */
    static LoggedChanges between(RelayLog log, BinlogCoordinates from, BinlogCoordinates to) throws RelayLogException, IOException {
        LoggedChanges changes = new LoggedChanges();
        try (RelayLogReader reader = log.read(from)) {
            while (!changes.unknown && reader.position().compareTo(to) < 0) {
                Optional<BinlogEvent> event = reader.poll();
                if (event.isEmpty()) {
                    break;
                }
                TransactionPayloadReader.forEach(CompressedEvents.plain(event.get()), changes::accept);
            }
        }
        return changes;
    }

    private void accept(BinlogEvent event) {
        switch (event.type()) {
            case EventType.TABLE_MAP -> {
                TableMap map = TableMapReader.read(event.body());
                changed.add(new TableName(map.schema(), map.table()));
            }
            case EventType.QUERY -> statement(QueryEvent.read(event.body()).latin1());
            case EventType.EXECUTE_LOAD_QUERY, EventType.INCIDENT -> unknown = true;
            default -> {
            }
        }
    }

    /** A statement may change whatever it likes, and the rows of an XA COMMIT may lie before the part that was read. */
    private void statement(String statement) {
        String upper = statement.strip().toUpperCase(Locale.ROOT);
        unknown |= NO_CHANGE.stream().noneMatch(upper::startsWith);
    }

    /** The tables of a catalog that may have changed, with all that foreign keys tie to them: cascades are not logged. */
    Set<TableName> within(Catalog catalog) {
        Set<TableName> touched = new HashSet<>();
        for (TableDefinition table : catalog.tables()) {
            if (unknown || changed.contains(table.name())) {
                touched.add(table.name());
            }
        }
        boolean grown = true;
        while (grown) {
            grown = false;
            for (TableDefinition table : catalog.tables()) {
                Set<TableName> parents = table.references();
                grown |= parents.stream().anyMatch(touched::contains) && touched.add(table.name());
                grown |= touched.contains(table.name()) && touched.addAll(parents);
            }
        }
        return touched;
    }
}
