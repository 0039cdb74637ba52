package io.millrace.connection;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A small result set as text, all of it in memory; null stands for NULL. */
public record QueryResult(List<String> columns, List<List<@Nullable String>> rows) {
    public QueryResult {
        columns = List.copyOf(columns);
        rows = Collections.unmodifiableList(new ArrayList<>(rows));
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** The value of a column in a row; "" for NULL and for a column that the server does not have. */
    public String text(int row, String column) {
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).equalsIgnoreCase(column)) {
                return text(row, i);
            }
        }
        return "";
    }

    /** The value of a column in a row, by its index; "" for NULL. */
    public String text(int row, int column) {
        String value = rows.get(row).get(column);
        return value == null ? "" : value;
    }

    /** All values of a column, by its index; "" for NULL. */
    public List<String> column(int column) {
        return IntStream.range(0, rows.size()).mapToObj(row -> text(row, column)).toList();
    }
}
