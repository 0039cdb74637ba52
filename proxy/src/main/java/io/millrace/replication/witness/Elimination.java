package io.millrace.replication.witness;

import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides which prefix of its window a view shows. A read never proves that a transaction is visible; it removes every prefix after
 * which the row would differ from what was read, until all that remain are the same state.
 */
final class Elimination {
    private final SnapshotView view;
    private final List<LoggedTransaction> window;
    private final Map<KeyChange.RowKey, RowHistory> histories = new HashMap<>();
    private int reads;

    Elimination(SnapshotView view, List<LoggedTransaction> window) {
        this.view = view;
        this.window = window;
        for (int i = 0; i < window.size(); i++) {
            for (KeyChange change : window.get(i).changes()) {
                histories.computeIfAbsent(change.row(), RowHistory::new).add(i + 1, change);
            }
        }
    }

    /** How it ended. */
    sealed interface Verdict {
        /** The view shows any of these prefixes, which are all the same state; in rising order. */
        record Decided(List<Integer> prefixes) implements Verdict {}

        /** More than one state remains and no row tells them apart. */
        record Undecidable() implements Verdict {}

        /** No prefix fits what was read: something wrote past the log. */
        record Contradiction() implements Verdict {}
    }

    int reads() {
        return reads;
    }

    Verdict decide() throws SnapshotException {
        if (window.stream().anyMatch(LoggedTransaction::hiding)) {
            return new Verdict.Undecidable(); // A row that it wrote without saying so would remove the right prefix.
        }
        List<Integer> candidates = new ArrayList<>();
        for (int prefix = 0; prefix <= window.size(); prefix++) {
            candidates.add(prefix);
        }
        Collection<RowHistory> unread = new ArrayList<>(histories.values());
        while (!allSame(candidates)) {
            Optional<RowHistory> witness = best(unread, candidates);
            if (witness.isEmpty()) {
                return new Verdict.Undecidable();
            }
            unread.remove(witness.get());
            RowHistory history = witness.get();
            reads++;
            var read = view.readRow(history.row().table(), history.row().key());
            candidates.removeIf(prefix -> history.contradicts(read, prefix));
        }
        return candidates.isEmpty() ? new Verdict.Contradiction() : new Verdict.Decided(candidates);
    }

    /** The row whose first writer is earliest, then the one with the fewest writers: usually one read decides. */
    private static Optional<RowHistory> best(Collection<RowHistory> unread, List<Integer> candidates) {
        return unread.stream().filter(history -> distinguishes(history, candidates))
                .min(Comparator.comparingInt(RowHistory::firstWriter).thenComparingInt(RowHistory::writers));
    }

    private static boolean distinguishes(RowHistory history, List<Integer> candidates) {
        for (int prefix : candidates) {
            if (!history.sameAfter(candidates.getFirst(), prefix)) {
                return true;
            }
        }
        return false;
    }

    private boolean allSame(List<Integer> candidates) {
        if (candidates.size() < 2) {
            return true;
        }
        for (int i = candidates.getFirst(); i < candidates.getLast(); i++) {
            if (window.get(i).opaque()) {
                return false;
            }
        }
        return histories.values().stream().noneMatch(history -> distinguishes(history, candidates));
    }
}
