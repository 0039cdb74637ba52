package io.millrace.replication.workers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.compressed.CompressedEvents;
import io.millrace.binlog.compressed.TransactionPayloadReader;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.binlog.event.MariaDbGtidFlags;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.event.TransactionScanner;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import io.millrace.binlog.writeset.TableKeys;
import io.millrace.binlog.writeset.WriteSet;
import io.millrace.binlog.writeset.WriteSetReader;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads transactions of rows whole, with the keys that they touch. One thread. */
final class TransactionReader {
    private static final Set<String> FRAME = Set.of("BEGIN", "COMMIT");

    private final RelayLogReader reader;
    private final FollowerSession driver;
    private final long mostBytes;
    private final TransactionScanner scanner = new TransactionScanner();
    private final WriteSetReader keys = new WriteSetReader();
    private final WriteSet writeSet = new WriteSet();
    /** By the leader's table id, which means the same within a file. */
    private final Map<Long, MappedTable> tables = new HashMap<>();

    private List<BinlogEvent> events = new ArrayList<>();
    private Optional<Gtid> gtid = Optional.empty();
    private long bytes;
    private String file;

    private record MappedTable(TableMap map, TableKeys keys) {}

    /** What comes next in the log. */
    sealed interface Next {
        /** A transaction that can be applied beside others; it is the reader's until the next call. */
        record Whole(Group.Transaction transaction) implements Next {}

        /** Something that needs no applying. */
        record Between() implements Next {}

        /**
         * Something that goes by itself: a statement, a part of an XA transaction, rows that cannot be rolled back, or more than is held in
         * memory.
         */
        record Alone() implements Next {}

        /** There is no more now. */
        record Nothing() implements Next {}
    }

    /** @param mostBytes the largest transaction that is held in memory */
    TransactionReader(RelayLogReader reader, FollowerSession driver, long mostBytes) {
        this.reader = reader;
        this.driver = driver;
        this.mostBytes = mostBytes;
        this.file = reader.position().file();
    }

    /** The keys of the transaction that was read last. */
    WriteSet writeSet() {
        return writeSet;
    }

    /** Reads up to the end of the next transaction. */
    Next next() throws RelayLogException, FollowerException {
        reset();
        while (true) {
            Optional<BinlogEvent> event = reader.poll();
            if (event.isEmpty()) {
                return new Next.Nothing();
            }
            TransactionScanner.Step step = scanner.accept(event.get().header(), event.get().body());
            if (step == TransactionScanner.Step.OUTSIDE) {
                return new Next.Between();
            }
            bytes += event.get().header().length();
            if (bytes > mostBytes || !take(event.get())) {
                return new Next.Alone();
            }
            if (step == TransactionScanner.Step.END) {
                return new Next.Whole(new Group.Transaction(gtid, events, bytes));
            }
        }
    }

    private void reset() {
        scanner.reset();
        writeSet.clear();
        events = new ArrayList<>();
        gtid = Optional.empty();
        bytes = 0;
    }

    /** Tells whether the event can be applied beside other transactions. */
    private boolean take(BinlogEvent event) throws FollowerException {
        BinlogEvent plain = CompressedEvents.plain(event);
        return switch (plain.type()) {
            case EventType.GTID, EventType.GTID_TAGGED, EventType.ANONYMOUS_GTID -> {
                gtid = GtidEventReader.read(plain);
                yield true;
            }
            case EventType.MARIADB_GTID -> !MariaDbGtidFlags.read(plain.body()).isXa();
            case EventType.QUERY -> FRAME.contains(QueryEvent.read(plain.body()).latin1());
            case EventType.TABLE_MAP -> map(plain);
            case EventType.TRANSACTION_PAYLOAD -> payload(plain);
            case EventType.XA_PREPARE, EventType.INTVAR, EventType.RAND, EventType.USER_VAR, EventType.EXECUTE_LOAD_QUERY,
                    EventType.BEGIN_LOAD_QUERY, EventType.APPEND_BLOCK, EventType.INCIDENT ->
                false;
            default -> !EventType.isRows(plain.type()) || rows(plain);
        };
    }

    private boolean map(BinlogEvent event) throws FollowerException {
        BinlogCoordinates at = reader.position();
        if (!at.file().equals(file)) {
            tables.clear();
            driver.newFile();
            file = at.file();
        }
        if (!driver.rollsBack(event)) {
            return false;
        }
        long id = TableMapReader.tableId(event.body());
        if (!tables.containsKey(id)) {
            TableMap map = TableMapReader.read(event.body());
            tables.put(id, new MappedTable(map, driver.keys(map)));
        }
        events.add(event);
        return true;
    }

    private boolean rows(BinlogEvent event) {
        MappedTable table = tables.get(TableMapReader.tableId(event.body()));
        if (table == null) {
            return false;
        }
        keys.add(event, table.map(), table.keys(), writeSet);
        events.add(event);
        return true;
    }

    private boolean payload(BinlogEvent event) throws FollowerException {
        try (TransactionPayloadReader payload = new TransactionPayloadReader(event)) {
            for (Optional<BinlogEvent> inner = payload.next(); inner.isPresent(); inner = payload.next()) {
                bytes += inner.get().header().length();
                if (bytes > mostBytes || !take(inner.get())) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            return false; // Who applies it alone says what is wrong.
        }
    }
}
