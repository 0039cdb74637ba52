package io.millrace.snapshot;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.row.Value;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** One connection that sees the leader as it was at one moment. One thread. */
public interface SnapshotView extends AutoCloseable {
    /** What was executed before the view was opened: the view shows at least this. */
    GtidSet before();

    /** Where the binlog ended after the view was opened: the view shows at most this. */
    BinlogCoordinates after();

    /**
     * Reads a row by its primary key.
     *
     * @param key a value for each column of the key
     * @return empty if there is no row of exactly that key; a column that cannot be compared is empty
     */
    Optional<List<Optional<Value>>> readRow(TableDefinition table, List<Value> key) throws SnapshotException;

    /** Splits a table into parts of about {@code bytes}. */
    List<KeyRange> ranges(TableDefinition table, long bytes) throws SnapshotException;

    /** Copies part of a table. */
    void copy(TableDefinition table, KeyRange range, RowSink sink) throws SnapshotException, IOException;

    @Override
    void close();
}
