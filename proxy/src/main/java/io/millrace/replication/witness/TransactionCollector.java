package io.millrace.replication.witness;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.xa.XaEnd;
import io.millrace.binlog.row.ColumnType;
import io.millrace.binlog.row.JsonDiff;
import io.millrace.binlog.row.RowsEvent;
import io.millrace.binlog.row.RowsEventReader;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import io.millrace.binlog.row.Value;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Column;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Puts together what one transaction did to the snapshot's tables. One thread, one transaction. */
final class TransactionCollector {
    /** A transaction that touches more rows hides the others: it is rarer than a retry is dear. */
    private static final int MOST_ROWS = 20_000;

    private static final int HEAD = 48;
    /**
     * Statements that change no row of a table that was there before. A table that is dropped and made again has none of its rows, which is
     * why DROP is not among them.
     */
    private static final Pattern WITHOUT_ROWS = Pattern.compile("(?:CREATE (?!OR REPLACE (?:TEMPORARY )?TABLE)|GRANT |REVOKE |ANALYZE |FLUSH |SET "
            + "|(?:ALTER|DROP|RENAME) (?:USER|ROLE|FUNCTION|PROCEDURE|EVENT|TRIGGER|VIEW)|DROP (?:/\\*!40005 )?TEMPORARY )");

    private final Catalog catalog;
    private final Set<TableName> cascading;
    private final Optional<Gtid> gtid;
    private final Map<Long, TableMap> maps = new HashMap<>();
    private final Map<KeyChange.RowKey, KeyChange> changes = new LinkedHashMap<>();
    private boolean opaque;
    private boolean hiding;
    private String xaPrepared = "";
    private String xaEnded = "";
    private boolean xaCommitted;

    /** @param cascading tables whose rows a foreign key may change without a word in the log */
    TransactionCollector(Catalog catalog, Set<TableName> cascading, Optional<Gtid> gtid) {
        this.catalog = catalog;
        this.cascading = cascading;
        this.gtid = gtid;
    }

    void accept(BinlogEvent event) {
        switch (event.type()) {
            case EventType.TABLE_MAP -> {
                TableMap map = TableMapReader.read(event.body());
                maps.put(map.tableId(), map);
            }
            case EventType.QUERY -> query(QueryEvent.read(event.body()).latin1());
            case EventType.EXECUTE_LOAD_QUERY, EventType.INCIDENT -> hide();
            case EventType.XA_PREPARE -> xaPrepared = event.body().get(0) == 0 ? xaPrepared : ""; // 1 is COMMIT ONE PHASE
            default -> {
                if (EventType.isRows(event.type())) {
                    rows(event);
                }
            }
        }
    }

    private void query(String statement) {
        String head = statement.substring(0, Math.min(statement.length(), HEAD)).toUpperCase(Locale.ROOT);
        Optional<XaEnd> ended = XaEnd.read(statement);
        if (ended.isPresent()) {
            xaEnded = ended.get().xid();
            xaCommitted = ended.get().commit();
        } else if (head.startsWith("XA START")) {
            xaPrepared = statement.substring(8).strip();
        } else if (WITHOUT_ROWS.matcher(head).lookingAt()) {
            opaque = true;
        } else if (!head.equals("BEGIN") && !head.equals("COMMIT") && !head.startsWith("XA END") && !head.startsWith("SAVEPOINT")) {
            hide();
        }
    }

    private void hide() {
        opaque = true;
        hiding = true;
    }

    private void rows(BinlogEvent event) {
        if (EventType.isCompressedRows(event.type())) {
            hide();
            return;
        }
        RowsEvent rows = RowsEventReader.read(event);
        TableMap map = maps.get(rows.tableId());
        if (map == null) {
            hide();
            return;
        }
        Optional<TableDefinition> table = catalog.table(map.schema(), map.table());
        if (table.isEmpty()) {
            return; // The table is not part of the snapshot.
        }
        if (cascading.contains(table.get().name()) || table.get().primaryKey().isEmpty() || !table.get().isTransactional()) {
            opaque = true; // Of such a table nothing else is told either.
            return;
        }
        if (map.columns().size() < table.get().columns().size() || changes.size() > MOST_ROWS) {
            hide();
            return;
        }
        TableMap typed = withSigns(map, table.get());
        if (rows.kind() == RowsEvent.Kind.PARTIAL_UPDATE) {
            RowsEventReader.forEachPartialUpdate(rows, typed,
                    (before, after, diffs) -> row(table.get(), before, withDocuments(before, after, diffs)));
        } else {
            RowsEventReader.forEachRow(rows, typed, (before, after) -> row(table.get(), before, after));
        }
    }

    /**
     * What a document becomes is told by what it was and by its differences; the two together stand for it. A document is never compared
     * with what a view shows, so they need not be applied.
     */
    private List<Optional<Value>> withDocuments(List<Optional<Value>> before, List<Optional<Value>> after, Map<Integer, List<JsonDiff>> diffs) {
        List<Optional<Value>> whole = new ArrayList<>(after);
        diffs.forEach((column, steps) -> {
            if (before.get(column).orElse(new Value.Null()) instanceof Value.Json(ByteBuffer document)) {
                whole.set(column, Optional.of(new Value.Json(JsonDiff.appended(document, steps))));
            } else {
                opaque = true; // The image does not have what the differences are of.
            }
        });
        return whole;
    }

    /** Servers before 8.0 do not say in the log which numbers have no sign. */
    private static TableMap withSigns(TableMap map, TableDefinition table) {
        List<ColumnType> types = new ArrayList<>(map.columns());
        for (int i = 0; i < table.columns().size(); i++) {
            types.set(i, types.get(i).withUnsigned(table.columns().get(i).isUnsigned()));
        }
        return new TableMap(map.tableId(), map.schema(), map.table(), types);
    }

    private void row(TableDefinition table, List<Optional<Value>> before, List<Optional<Value>> after) {
        Optional<KeyChange.RowKey> oldKey = before.isEmpty() ? Optional.empty() : key(table, before);
        Optional<KeyChange.RowKey> newKey = after.isEmpty() ? Optional.empty() : key(table, overlay(before, after));
        if (oldKey.isEmpty() && newKey.isEmpty()) {
            opaque = true;
            return;
        }
        if (oldKey.isPresent() && !oldKey.equals(newKey)) {
            change(oldKey.get(), Optional.of(before), Optional.empty());
        }
        if (newKey.isPresent()) {
            change(newKey.get(), newKey.equals(oldKey) ? Optional.of(before) : Optional.empty(), Optional.of(overlay(before, after)));
        }
    }

    private static List<Optional<Value>> overlay(List<Optional<Value>> before, List<Optional<Value>> after) {
        List<Optional<Value>> merged = new ArrayList<>(after);
        for (int i = 0; i < before.size(); i++) {
            if (merged.get(i).isEmpty()) {
                merged.set(i, before.get(i));
            }
        }
        return merged;
    }

    private void change(KeyChange.RowKey row, Optional<List<Optional<Value>>> before, Optional<List<Optional<Value>>> after) {
        KeyChange earlier = changes.get(row);
        Optional<List<Optional<Value>>> all = after;
        if (earlier != null && earlier.after().isPresent() && after.isPresent()) {
            all = Optional.of(overlay(earlier.after().get(), after.get())); // A minimal image lacks what an earlier statement has set.
        }
        changes.put(row, new KeyChange(row, earlier == null ? before : earlier.before(), all));
    }

    private Optional<KeyChange.RowKey> key(TableDefinition table, List<Optional<Value>> image) {
        List<Value> key = new ArrayList<>();
        for (String name : table.primaryKey()) {
            Column column = table.columns().get(table.indexOf(name));
            Optional<Value> value = image.get(table.indexOf(name));
            if (value.isEmpty() || !canBeLookedUp(column, value.get())) {
                return Optional.empty();
            }
            key.add(value.get());
        }
        return Optional.of(new KeyChange.RowKey(table, key));
    }

    private static boolean canBeLookedUp(Column column, Value value) {
        return column.encoding() == Column.Encoding.PLAIN && (value instanceof Value.Text || value instanceof Value.Bytes);
    }

    /** The transaction, with the rows of prepared XA transactions given back at their commit. */
    LoggedTransaction finish(BinlogCoordinates end, Map<String, LoggedTransaction> preparedXa) {
        LoggedTransaction own = new LoggedTransaction(gtid, end, List.copyOf(changes.values()), opaque, hiding);
        if (!xaEnded.isEmpty()) {
            LoggedTransaction stashed = preparedXa.remove(xaEnded);
            if (!xaCommitted) {
                return new LoggedTransaction(gtid, end, List.of(), stashed == null, false);
            }
            return stashed == null
                    ? new LoggedTransaction(gtid, end, List.of(), true, true)
                    : new LoggedTransaction(gtid, end, stashed.changes(), stashed.opaque(), stashed.hiding());
        }
        if (!xaPrepared.isEmpty()) {
            preparedXa.put(xaPrepared, own);
            return new LoggedTransaction(gtid, end, List.of(), false, false);
        }
        return own;
    }
}
