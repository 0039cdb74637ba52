package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.row.JsonDiff;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes rows of one table as SQL. A column that is not in an image is left out. Immutable. */
final class SqlRows {
    private final TableShapes.Shape shape;
    private final TableMap map;

    SqlRows(TableShapes.Shape shape, TableMap map) {
        this.shape = shape;
        this.map = map;
    }

    /** What stands before the rows of an insert. */
    String insertHead(List<Optional<Value>> image) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < shape.columns().size(); i++) {
            if (isGiven(image, i)) {
                names.add(shape.columns().get(i).name());
            }
        }
        return "INSERT INTO " + shape.quoted() + " (" + String.join(", ", names) + ") VALUES ";
    }

    /** The values of a row in parentheses. */
    String tuple(List<Optional<Value>> image) {
        StringBuilder text = new StringBuilder("(");
        for (int i = 0; i < shape.columns().size(); i++) {
            if (isGiven(image, i)) {
                text.append(text.length() == 1 ? "" : ", ").append(literal(i, image));
            }
        }
        return text.append(')').toString();
    }

    private boolean isGiven(List<Optional<Value>> image, int column) {
        return image.get(column).isPresent() && !shape.columns().get(column).generated();
    }

    String literal(int column, List<Optional<Value>> image) {
        return SqlLiterals.of(shape.columns().get(column), map.columns().get(column), image.get(column).orElseThrow());
    }

    String delete(List<Optional<Value>> before) {
        return "DELETE FROM " + shape.quoted() + " WHERE " + where(before) + " LIMIT 1";
    }

    /** @param diffs by column, in the place of a whole JSON value */
    String update(List<Optional<Value>> before, List<Optional<Value>> after, Map<Integer, List<JsonDiff>> diffs) {
        List<String> assignments = new ArrayList<>();
        for (int i = 0; i < shape.columns().size(); i++) {
            TableShapes.ShapeColumn column = shape.columns().get(i);
            if (diffs.containsKey(i)) {
                assignments.add(column.name() + " = " + JsonPatch.expression(column.name(), diffs.getOrDefault(i, List.of())));
            } else if (isGiven(after, i)) {
                assignments.add(column.name() + " = " + literal(i, after));
            }
        }
        return "UPDATE " + shape.quoted() + " SET " + String.join(", ", assignments) + " WHERE " + where(before) + " LIMIT 1";
    }

    private String where(List<Optional<Value>> before) {
        boolean keyed = shape.hasKey();
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < shape.columns().size(); i++) {
            TableShapes.ShapeColumn column = shape.columns().get(i);
            if (before.get(i).isPresent() && (column.key() || !keyed)) {
                conditions.add(SqlLiterals.condition(column, map.columns().get(i), before.get(i).get()));
            }
        }
        return String.join(" AND ", conditions);
    }
}
