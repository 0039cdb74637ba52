package io.millrace.replication.witness;

import io.millrace.binlog.row.Value;
import io.millrace.snapshot.TableDefinition;
import java.util.List;
import java.util.Optional;

/**
 * What one transaction did to one row.
 *
 * @param row which row
 * @param before the row before the transaction; empty for a row that was not there
 * @param after the row after it; empty for a row that is gone. A column that the log does not tell is empty inside
 */
record KeyChange(RowKey row, Optional<List<Optional<Value>>> before, Optional<List<Optional<Value>>> after) {
    /** A row of a table by its primary key. */
    record RowKey(TableDefinition table, List<Value> key) {
        @Override
        public boolean equals(Object other) {
            return other instanceof RowKey that && table.name().equals(that.table.name()) && key.equals(that.key);
        }

        @Override
        public int hashCode() {
            return 31 * table.name().hashCode() + key.hashCode();
        }
    }
}
