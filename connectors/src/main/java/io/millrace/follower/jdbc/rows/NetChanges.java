package io.millrace.follower.jdbc.rows;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What a run of changes leaves of the rows of one table: each row stands for itself, whatever was done to it on the way. Rows are texts,
 * and none is the empty text. One thread.
 */
final class NetChanges {
    private final boolean comparable;
    private final Map<String, Change> changes = new LinkedHashMap<>();
    /** The exact key of each hash of keys. */
    private final Map<Long, String> sameKeys = new HashMap<>();
    private int length;

    /** @param comparable whether different texts always are different rows to the server */
    NetChanges(boolean comparable) {
        this.comparable = comparable;
    }

    /**
     * A key of a row.
     *
     * @param exact finds the row
     * @param hash the same for all keys that the server may hold for equal
     */
    record Key(String exact, long hash) {}

    /** What became of a row; empty where there was none. {@code passing} is a row that came and went. */
    private record Change(String before, String after, String passing) {}

    /** The order in which they must be applied: what goes, what changes, what comes (and goes again). */
    record Result(List<String> deletedKeys, List<String> changedRows, List<String> newRows, List<String> passingKeys) {}

    /**
     * Adds a change. Not where it cannot be told from the texts that its order does not matter: what was added must be applied first.
     *
     * @param before the row that was there; empty for an insert
     * @param after the row that is there then; empty for a delete
     */
    boolean add(Key key, String before, String after) {
        String same = sameKeys.putIfAbsent(key.hash(), key.exact());
        if (same != null && !same.equals(key.exact())) {
            return false;
        }
        Change known = changes.get(key.exact());
        if (known == null) {
            return put(key, new Change(before, after, ""));
        }
        boolean cameAndWent = !known.passing().isEmpty();
        boolean comesBack = known.after().isEmpty() && !comparable;
        if (cameAndWent || comesBack || !known.after().equals(before)) {
            return false;
        }
        boolean isGone = known.before().isEmpty() && after.isEmpty();
        return put(key, new Change(known.before(), after, isGone ? before : ""));
    }

    private boolean put(Key key, Change change) {
        changes.put(key.exact(), change);
        length += key.exact().length() + change.before().length() + change.after().length();
        return true;
    }

    /** About how many characters the statements will have. */
    int length() {
        return length;
    }

    Result result() {
        return new Result(keys(change -> !change.before().isEmpty() && change.after().isEmpty()),
                changes.values().stream().filter(NetChanges::isChanged).map(Change::after).toList(),
                changes.values().stream().filter(change -> change.before().isEmpty())
                        .map(change -> change.after().isEmpty() ? change.passing() : change.after()).toList(),
                keys(change -> !change.passing().isEmpty()));
    }

    private List<String> keys(Predicate<Change> wanted) {
        return changes.entrySet().stream().filter(entry -> wanted.test(entry.getValue())).map(Map.Entry::getKey).toList();
    }

    private static boolean isChanged(Change change) {
        return !change.before().isEmpty() && !change.after().isEmpty() && !change.before().equals(change.after());
    }

    boolean isEmpty() {
        return changes.isEmpty();
    }

    void clear() {
        changes.clear();
        sameKeys.clear();
        length = 0;
    }
}
