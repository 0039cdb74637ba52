package io.millrace.snapshot;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A table as it was when the snapshot was taken.
 *
 * @param columns all of them, in the order of the table; row images have the same
 * @param primaryKey names of its columns, empty for a table without one
 * @param createStatement what SHOW CREATE TABLE gave
 * @param estimate of its size in bytes, by the server's statistics
 */
public record TableDefinition(TableName name, List<Column> columns, List<String> primaryKey, String engine, String createStatement, long estimate) {
    private static final Pattern REFERENCES = Pattern.compile("\\bREFERENCES `((?:[^`]|``)+)`(?:\\.`((?:[^`]|``)+)`)?");
    private static final Pattern AUTO_INCREMENT = Pattern.compile(" AUTO_INCREMENT=\\d+");
    private static final Pattern SEQUENCE = Pattern.compile("^\\)[^\n]* `?SEQUENCE`?=1\\b", Pattern.MULTILINE);
    private static final Set<String> ROWS_ELSEWHERE = Set.of("BLACKHOLE", "FEDERATED", "MRG_MYISAM", "SPIDER");

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

    /** The tables that this one's foreign keys name. */
    public Set<TableName> references() {
        Set<TableName> parents = new LinkedHashSet<>();
        Matcher reference = REFERENCES.matcher(createStatement);
        while (reference.find()) {
            String first = reference.group(1).replace("``", "`");
            String second = reference.group(2);
            parents.add(second == null ? new TableName(name.schema(), first) : new TableName(first, second.replace("``", "`")));
        }
        return parents;
    }

    /** Whether rows that were copied from the one are rows of the other, which was made later: only the counter may differ. */
    public boolean isDefinedLike(TableDefinition other) {
        return columns.equals(other.columns) && counterless(createStatement).equals(counterless(other.createStatement));
    }

    private static String counterless(String statement) {
        return AUTO_INCREMENT.matcher(statement).replaceAll("");
    }

    /** Whether it is a sequence of MariaDB's, which is a table with one row. */
    public boolean isSequence() {
        return SEQUENCE.matcher(createStatement).find();
    }

    /** Whether its rows are gone when the server has been restarted. */
    public boolean isInMemory() {
        return engine.equalsIgnoreCase("MEMORY");
    }

    /** Whether the engine shows a consistent view. */
    public boolean isTransactional() {
        return engine.equalsIgnoreCase("InnoDB") || engine.equalsIgnoreCase("RocksDB");
    }

    /** Whether the table has rows of its own; of the others only the definition is copied. */
    public boolean hasRows() {
        return !ROWS_ELSEWHERE.contains(engine.toUpperCase(Locale.ROOT));
    }
}
