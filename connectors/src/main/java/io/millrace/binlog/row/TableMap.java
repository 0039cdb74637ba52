package io.millrace.binlog.row;

import java.util.List;

/**
 * Which table the rows that follow belong to, and how its columns are encoded.
 *
 * @param tableId a number that the leader reuses; it means something only up to the end of the statement
 */
public record TableMap(long tableId, String schema, String table, List<ColumnType> columns) {
    public TableMap {
        columns = List.copyOf(columns);
    }
}
