package io.millrace.snapshot.mysql.load;

import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What of a table is made before its rows, and what is faster made after them: one sort for each secondary key in place of an insert
 * for each row, and foreign keys, which are then no more than a note. Keys that the rows need, or whose order among the table's keys
 * would change, stay where they are.
 *
 * @param createTable the statement that makes the table without what is deferred
 * @param keys clauses of one {@code ALTER TABLE}; empty where all keys are made at once
 * @param foreignKeys clauses of one {@code ALTER TABLE}
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/optimizing-innodb-bulk-data-loading.html">Bulk Data Loading</a>
 */
record DeferredKeys(String createTable, List<String> keys, List<String> foreignKeys) {
    /** A table below this size is loaded as fast with its keys. */
    static final long WORTH_BYTES = 16L << 20;
    private static final Pattern KEY = Pattern.compile(" {2}(UNIQUE )?KEY `.*");
    private static final Pattern FOREIGN_KEY = Pattern.compile(" {2}CONSTRAINT `.*` FOREIGN KEY .*");
    private static final Pattern OTHER_KEY = Pattern.compile(" {2}(FULLTEXT|SPATIAL|VECTOR) KEY .*");
    private static final Pattern NAME = Pattern.compile(" {2}(?:UNIQUE KEY|KEY|CONSTRAINT) `((?:[^`]|``)+)`.*");
    private static final Pattern COUNTED = Pattern.compile(" {2}`((?:[^`]|``)+)` .*\\bAUTO_INCREMENT\\b.*");

    DeferredKeys {
        keys = List.copyOf(keys);
        foreignKeys = List.copyOf(foreignKeys);
    }

    /**
     * What is deferred of a table, at least: its foreign keys, since the key that one refers to may be deferred; of a large one its keys. When
     * the tables are made the snapshot may not be whole yet, and only an estimate is known.
     *
     * @param bytes of the chunks of each table that are known by now
     */
    static DeferredKeys of(TableDefinition table, Map<TableName, Long> bytes) {
        return of(table, Math.max(bytes.getOrDefault(table.name(), 0L), table.estimate()));
    }

    /** @param bytes of the table's rows */
    static DeferredKeys of(TableDefinition table, long bytes) {
        List<String> lines = List.of(table.createStatement().split("\n", -1));
        boolean worth = bytes >= WORTH_BYTES && !table.primaryKey().isEmpty() && lines.stream().noneMatch(line -> OTHER_KEY.matcher(line).matches())
                && isCountedByPrimaryKey(table, lines);
        List<String> kept = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        List<String> foreignKeys = new ArrayList<>();
        boolean inside = true; // Behind the columns and keys come options and partitions, some of them written alike.
        for (String line : lines) {
            inside &= !line.startsWith(")");
            String bare = line.endsWith(",") ? line.substring(0, line.length() - 1) : line;
            if (!inside) {
                kept.add(line);
            } else if (worth && KEY.matcher(line).matches()) {
                keys.add(bare);
            } else if (FOREIGN_KEY.matcher(line).matches()) {
                foreignKeys.add(bare);
            } else {
                kept.add(line.startsWith("  ") ? bare : line);
            }
        }
        return keys.isEmpty() && foreignKeys.isEmpty()
                ? new DeferredKeys(table.createStatement(), keys, foreignKeys)
                : new DeferredKeys(joined(kept), keys, foreignKeys);
    }

    /** The lines of a definition, with commas between its parts again. */
    private static String joined(List<String> lines) {
        StringBuilder statement = new StringBuilder();
        boolean inside = true;
        for (int i = 0; i < lines.size(); i++) {
            inside &= !lines.get(i).startsWith(")");
            boolean more = inside && i + 1 < lines.size() && lines.get(i).startsWith("  ") && lines.get(i + 1).startsWith("  ");
            statement.append(lines.get(i)).append(more ? "," : "").append(i + 1 < lines.size() ? "\n" : "");
        }
        return statement.toString();
    }

    private static boolean isCountedByPrimaryKey(TableDefinition table, List<String> lines) {
        return lines.stream().map(COUNTED::matcher).filter(Matcher::matches)
                .allMatch(counted -> counted.group(1).replace("``", "`").equals(table.primaryKey().getFirst()));
    }

    /** The name of the first deferred key or constraint: when the follower has it, it has all of its kind. */
    static Optional<String> firstName(List<String> clauses) {
        return clauses.stream().findFirst().map(NAME::matcher).filter(Matcher::matches).map(name -> name.group(1).replace("``", "`"));
    }

    /** {@code ALTER TABLE} with all clauses of a kind. */
    static String alter(TableDefinition table, List<String> clauses) {
        return "ALTER TABLE " + table.name().quoted() + clauses.stream().map(clause -> " ADD " + clause.strip()).collect(Collectors.joining(","));
    }
}
