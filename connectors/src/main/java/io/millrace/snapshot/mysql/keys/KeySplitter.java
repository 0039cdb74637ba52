package io.millrace.snapshot.mysql.keys;

import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.TableDefinition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Splits a table into ranges of its primary key of about the same size, whatever the key is made of and however its values lie. What the
 * server estimates of a range costs it two looks into the index; a range that is too large is split again where keys are, so that a crowded
 * end is split more finely than an empty middle, and neighbours that are small are joined. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/explain-output.html">EXPLAIN Output Format: rows</a>
 */
public final class KeySplitter {
    private static final int MOST_RANGES = 1000;
    private static final int MOST_DEPTH = 24;
    /** A little more than wanted is not worth another range. */
    private static final double TOLERANCE = 1.5;

    private final ServerConnection connection;
    private final TableDefinition table;
    private final String select;
    private final List<KeyColumn> columns;
    private final String keys;
    private final String from;
    private final List<Slice> slices = new ArrayList<>();
    private long wanted;

    /** From a key on, as values. */
    private record Slice(List<String> start, long rows) {}

    /** @param select the word that begins a SELECT of this table */
    public KeySplitter(ServerConnection connection, TableDefinition table, String select) {
        this.connection = connection;
        this.table = table;
        this.select = select;
        this.columns = KeyColumn.of(table);
        this.keys = columns.stream().map(KeyColumn::selected).collect(Collectors.joining(", "));
        this.from = " FROM " + table.name().quoted();
    }

    /** Ranges that are the whole table together, each of about {@code bytes}. */
    public List<KeyRange> split(long bytes) throws IOException {
        long parts = Math.min(MOST_RANGES, table.estimate() / bytes);
        if (columns.isEmpty() || parts < 2) {
            return List.of(KeyRange.ALL);
        }
        Optional<List<String>> first = edge("", false);
        Optional<List<String>> last = edge("", true);
        if (first.isEmpty() || last.isEmpty()) {
            return List.of(KeyRange.ALL);
        }
        long rows = estimate("");
        wanted = Math.max(1, rows / parts);
        split(first.get(), last.get(), List.of(), rows, 0);
        return joined();
    }

    /**
     * Notes a range, or its parts if it is too large.
     *
     * @param first the first key in it
     * @param last the last one
     * @param end the first key behind it; empty for the end of the table
     */
    private void split(List<String> first, List<String> last, List<String> end, long rows, int depth) throws IOException {
        List<List<String>> starts = rows > wanted * TOLERANCE && depth < MOST_DEPTH && slices.size() < MOST_RANGES
                ? startsBetween(first, last)
                : List.of();
        if (starts.isEmpty()) {
            slices.add(new Slice(first, rows));
            return;
        }
        List<String> start = first;
        for (int i = 0; i <= starts.size(); i++) {
            List<String> next = i < starts.size() ? starts.get(i) : end;
            KeyRange range = new KeyRange(literals(start), literals(next));
            long part = estimate(KeyConditions.of(table, range));
            List<String> partLast = part > wanted * TOLERANCE ? edge(KeyConditions.where(table, range), true).orElse(start) : start;
            split(start, partLast, next, part, depth + 1);
            start = next;
        }
    }

    private List<String> literals(List<String> key) {
        List<String> literals = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            literals.add(columns.get(i).literal(key.get(i)));
        }
        return literals;
    }

    /** Keys of rows that part what lies between two keys, in the order of the index: above the first, and up to the last. */
    private List<List<String>> startsBetween(List<String> first, List<String> last) throws IOException {
        int differing = 0;
        while (differing < columns.size() && first.get(differing).equals(last.get(differing))) {
            differing++;
        }
        List<List<String>> starts = new ArrayList<>();
        if (differing == columns.size()) {
            return starts; // One key, or many of which the leading columns are the same.
        }
        List<String> candidates = columns.get(differing).between(first.get(differing), last.get(differing), 0);
        for (int tries = 1; starts.isEmpty() && !candidates.isEmpty(); tries++) {
            for (String candidate : candidates) {
                List<String> at = new ArrayList<>(first.subList(0, differing));
                at.add(candidate);
                firstFrom(at, starts.isEmpty() ? first : starts.getLast(), last).ifPresent(starts::add);
            }
            candidates = columns.get(differing).between(first.get(differing), last.get(differing), tries);
        }
        return starts;
    }

    /** The first key at or after one, if it lies above another and is not behind the last. */
    private Optional<List<String>> firstFrom(List<String> key, List<String> above, List<String> last) throws IOException {
        QueryResult found = connection.query(select + keys + ", " + KeyConditions.above(table, literals(above)) + from
                + " FORCE INDEX (PRIMARY) WHERE "
                + KeyConditions.atLeast(table, literals(key)) + " AND " + KeyConditions.atMost(table, literals(last)) + order(false) + " LIMIT 1");
        return found.rows().isEmpty() || !found.text(0, columns.size()).equals("1") ? Optional.empty() : Optional.of(key(found));
    }

    private Optional<List<String>> edge(String condition, boolean last) throws IOException {
        QueryResult found = connection.query(select + keys + from + condition + order(last) + " LIMIT 1");
        return found.rows().isEmpty() ? Optional.empty() : Optional.of(key(found));
    }

    private List<String> key(QueryResult found) {
        List<String> key = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            key.add(found.text(0, i));
        }
        return key;
    }

    private String order(boolean descending) {
        return " ORDER BY " + columns.stream().map(column -> column.quoted() + (descending ? " DESC" : "")).collect(Collectors.joining(", "));
    }

    /** With a hint to use an index the server does not look into it. */
    private long estimate(String condition) throws IOException {
        QueryResult plan = connection.query("EXPLAIN FORMAT=TRADITIONAL " + select + "1" + from + (condition.isEmpty() ? "" : " WHERE " + condition));
        String rows = plan.text(0, "rows");
        return rows.isEmpty() ? 0 : Long.parseLong(rows);
    }

    private List<KeyRange> joined() {
        List<KeyRange> ranges = new ArrayList<>();
        List<String> start = List.of();
        long rows = 0;
        for (Slice slice : slices) {
            if (rows > 0 && rows + slice.rows() > wanted * TOLERANCE) {
                List<String> next = literals(slice.start());
                ranges.add(new KeyRange(start, next));
                start = next;
                rows = 0;
            }
            rows += slice.rows();
        }
        ranges.add(new KeyRange(start, List.of()));
        return ranges;
    }
}
