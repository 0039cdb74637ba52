package io.millrace.replication.witness;

import io.millrace.binlog.row.Value;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** What one row was after each transaction of a window. */
final class RowHistory {
    private final KeyChange.RowKey row;
    private final List<Integer> writers = new ArrayList<>();
    private final List<Optional<List<Optional<Value>>>> states = new ArrayList<>();
    private final BitSet touched = new BitSet();

    RowHistory(KeyChange.RowKey row) {
        this.row = row;
    }

    KeyChange.RowKey row() {
        return row;
    }

    int writers() {
        return writers.size();
    }

    int firstWriter() {
        return writers.getFirst();
    }

    /** Transaction number {@code writer} of the window, counted from 1, changed the row. */
    void add(int writer, KeyChange change) {
        if (states.isEmpty()) {
            states.add(change.before());
        }
        change.after().ifPresent(this::touch);
        change.before().ifPresent(this::touch);
        writers.add(writer);
        states.add(overlay(states.getLast(), change.after()));
    }

    private void touch(List<Optional<Value>> image) {
        for (int i = 0; i < image.size(); i++) {
            if (image.get(i).isPresent()) {
                touched.set(i);
            }
        }
    }

    private static Optional<List<Optional<Value>>> overlay(Optional<List<Optional<Value>>> before, Optional<List<Optional<Value>>> after) {
        if (before.isEmpty() || after.isEmpty()) {
            return after;
        }
        List<Optional<Value>> merged = new ArrayList<>(after.get());
        for (int i = 0; i < merged.size(); i++) {
            if (merged.get(i).isEmpty()) {
                merged.set(i, before.get().get(i));
            }
        }
        return Optional.of(merged);
    }

    /** The index of the row's state after the first {@code prefix} transactions. */
    private int stateIndex(int prefix) {
        int index = 0;
        while (index < writers.size() && writers.get(index) <= prefix) {
            index++;
        }
        return index;
    }

    /** Whether the row is certainly the same after both prefixes; a column that is not known is never the same. */
    boolean sameAfter(int prefix, int other) {
        int first = stateIndex(prefix);
        int second = stateIndex(other);
        return first == second || equal(states.get(first), states.get(second));
    }

    private boolean equal(Optional<List<Optional<Value>>> one, Optional<List<Optional<Value>>> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() && other.isEmpty();
        }
        for (int i = touched.nextSetBit(0); i >= 0; i = touched.nextSetBit(i + 1)) {
            if (one.get().get(i).isEmpty() || !one.get().get(i).equals(other.get().get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether a row read in a view certainly is not what it would be after a prefix. */
    boolean contradicts(Optional<List<Optional<Value>>> read, int prefix) {
        Optional<List<Optional<Value>>> state = states.get(stateIndex(prefix));
        if (state.isEmpty() || read.isEmpty()) {
            return state.isPresent() != read.isPresent();
        }
        for (int i = 0; i < read.get().size() && i < state.get().size(); i++) {
            Optional<Value> seen = read.get().get(i);
            Optional<Value> known = state.get().get(i);
            if (seen.isPresent() && known.isPresent() && !seen.equals(known)) {
                return true;
            }
        }
        return false;
    }
}
