package io.millrace.snapshot.mysql.load;

import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parents before children. Early servers of 8.0 forget the cascades of a child that was made before its parent, even though
 * {@code foreign_key_checks=0} lets it be made.
 */
final class ForeignKeyOrder {
    private final Map<TableName, TableDefinition> tables = new HashMap<>();
    private final Set<TableName> entered = new LinkedHashSet<>();
    private final List<TableDefinition> ordered = new ArrayList<>();

    private ForeignKeyOrder(List<TableDefinition> tables) {
        tables.forEach(table -> this.tables.put(table.name(), table));
    }

    static List<TableDefinition> of(List<TableDefinition> tables) {
        ForeignKeyOrder order = new ForeignKeyOrder(tables);
        tables.stream().filter(TableDefinition::isSequence).forEach(order::add); // Defaults of other tables name them.
        tables.forEach(order::add);
        return order.ordered;
    }

    /** In a cycle somebody must be first. */
    private void add(TableDefinition table) {
        if (!entered.add(table.name())) {
            return;
        }
        for (TableName parent : table.references()) {
            if (tables.containsKey(parent)) {
                add(tables.getOrDefault(parent, table));
            }
        }
        ordered.add(table);
    }
}
