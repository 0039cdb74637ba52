package io.millrace.snapshot;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Everything that a snapshot copies, without the rows. */
public record Catalog(List<TableDefinition> tables, List<SchemaObject> objects) {
    public Catalog {
        tables = List.copyOf(tables);
        objects = List.copyOf(objects);
    }

    public Optional<TableDefinition> table(String schema, String name) {
        return tables.stream().filter(table -> table.name().schema().equals(schema) && table.name().name().equals(name)).findFirst();
    }

    /** All tables, for who looks many of them up. */
    public Map<TableName, TableDefinition> byName() {
        return tables.stream().collect(Collectors.toMap(TableDefinition::name, Function.identity()));
    }

    /** The tables of a consistent view without a primary key: their changes cannot be told apart by a key. */
    public List<TableDefinition> keyless() {
        return tables.stream().filter(table -> table.isTransactional() && table.primaryKey().isEmpty()).toList();
    }

    /** The tables that no consistent view shows, like MyISAM's: they stand still only while they are locked. */
    public List<TableDefinition> nonTransactional() {
        return tables.stream().filter(table -> table.hasRows() && !table.isTransactional()).toList();
    }
}
