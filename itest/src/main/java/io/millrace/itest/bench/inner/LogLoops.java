package io.millrace.itest.bench.inner;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import io.millrace.binlog.writeset.TableKeys;
import io.millrace.binlog.writeset.WriteSet;
import io.millrace.binlog.writeset.WriteSetReader;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What is done for each event of a real log: it is read, and its keys are hashed. */
@State(Scope.Thread)
public class LogLoops {
    private static final int MOST_EVENTS = 1000;

    /** A folder with one binlog file of one-row updates of a table whose first column is the key. */
    @Param("")
    public String folder = "";

    private final List<BinlogEvent> rows = new ArrayList<>();
    private final WriteSetReader keys = new WriteSetReader();
    private final WriteSet writeSet = new WriteSet();
    private RelayLogReader reader;
    private BinlogCoordinates head;
    private TableMap map;
    private TableKeys tableKeys;
    private int next;

    /** Opens the log, and keeps the first of its rows. */
    @Setup
    public void open() throws RelayLogException {
        RelayLog log = RelayLog.open(Path.of(folder));
        head = BinlogCoordinates.headOf(log.fileNames().getFirst());
        reader = log.read(head);
        map = TableMapReader.read(nextEvent(type -> type == EventType.TABLE_MAP).body());
        while (rows.size() < MOST_EVENTS) {
            BinlogEvent event = nextEvent(EventType::isRows);
            ByteBuffer bytes = event.bytes();
            rows.add(BinlogEvent.of(ByteBuffer.allocate(bytes.remaining()).put(bytes).flip(), event.checksumLength()));
        }
        long table = TableKeys.name(map.schema(), map.table());
        tableKeys = new TableKeys(table, true,
                List.of(new TableKeys.Key(table, table, true, List.of(new TableKeys.Part(0, TableKeys.Form.EXACT, 0)))), List.of());
    }

    private BinlogEvent nextEvent(IntPredicate wanted) throws RelayLogException {
        BinlogEvent event = reader.poll().orElseThrow();
        while (!wanted.test(event.type())) {
            event = reader.poll().orElseThrow();
        }
        return event;
    }

    /** Reads the next event of the relay log. */
    @Benchmark
    public Optional<BinlogEvent> eventScan() throws RelayLogException {
        Optional<BinlogEvent> event = reader.poll();
        if (event.isEmpty()) {
            reader.seek(head);
        }
        return event;
    }

    /** Finds and hashes the keys of an update of one row, before and after. */
    @Benchmark
    public WriteSet writeSetHash() {
        writeSet.clear();
        next = next + 1 == rows.size() ? 0 : next + 1;
        keys.add(rows.get(next), map, tableKeys, writeSet);
        return writeSet;
    }

    /** Closes the log. */
    @TearDown
    public void close() throws RelayLogException {
        reader.close();
    }
}
