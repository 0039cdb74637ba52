package io.millrace.snapshot.mysql.keys;

import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.util.ArrayList;
import java.util.List;

/**
 * Comparisons of a whole key, written out column by column: for {@code (a, b) > (1, 2)} MySQL would read the whole index.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/range-optimization.html#row-constructor-range-optimization">Range Optimization of
 *      Row Constructor Expressions</a>
 */
public final class KeyConditions {
    private KeyConditions() {
    }

    /** The WHERE clause that picks a range, with a hint to read it by the primary key; empty for the whole table. */
    public static String where(TableDefinition table, KeyRange range) {
        String condition = of(table, range);
        return condition.isEmpty() ? "" : " FORCE INDEX (PRIMARY) WHERE " + condition;
    }

    /** What the rows of a range have in common; empty for the whole table. */
    static String of(TableDefinition table, KeyRange range) {
        List<String> conditions = new ArrayList<>();
        if (!range.from().isEmpty()) {
            conditions.add(atLeast(table, range.from()));
        }
        if (!range.to().isEmpty()) {
            conditions.add(below(table, range.to()));
        }
        return String.join(" AND ", conditions);
    }

    static String atLeast(TableDefinition table, List<String> key) {
        return compared(table, key, 0, " > ", " >= ");
    }

    static String above(TableDefinition table, List<String> key) {
        return compared(table, key, 0, " > ", " > ");
    }

    static String atMost(TableDefinition table, List<String> key) {
        return compared(table, key, 0, " < ", " <= ");
    }

    static String below(TableDefinition table, List<String> key) {
        return compared(table, key, 0, " < ", " < ");
    }

    private static String compared(TableDefinition table, List<String> key, int column, String strictly, String last) {
        String name = TableName.quote(table.primaryKey().get(column));
        if (column == key.size() - 1) {
            return name + last + key.get(column);
        }
        return "(" + name + strictly + key.get(column) + " OR " + name + " = " + key.get(column) + " AND "
                + compared(table, key, column + 1, strictly, last) + ")";
    }
}
