package io.millrace.snapshot;

import java.util.List;
import java.util.Optional;

/**
 * A table as it was when the snapshot was taken.
 *
 * @param columns all of them, in the order of the table; row images have the same
 * @param primaryKey names of its columns, empty for a table without one
 * @param createStatement what SHOW CREATE TABLE gave
 * @param estimate of its size in bytes, by the server's statistics
 */
public record TableDefinition(TableName name, List<Column> columns, List<String> primaryKey, String engine, String createStatement, long estimate) {
    public TableDefinition {
        columns = List.copyOf(columns);
        primaryKey = List.copyOf(primaryKey);
    }

    /** The columns that are copied: those that are not generated. */
    public List<Column> stored() {
        return columns.stream().filter(column -> !column.generated()).toList();
    }

    /** Where a column stands among all columns; -1 where the table has none of that name. */
    public int indexOf(String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(column)) {
                return i;
            }
        }
        return -1;
    }

    /** The first column of the primary key if it is a whole number. */
    public Optional<Column> integerKey() {
        return primaryKey.isEmpty() ? Optional.empty() : Optional.of(columns.get(indexOf(primaryKey.getFirst()))).filter(Column::isInteger);
    }

    /** Whether the engine shows a consistent view. */
    public boolean isTransactional() {
        return engine.equalsIgnoreCase("InnoDB") || engine.equalsIgnoreCase("RocksDB");
    }
}
