package io.millrace.replication.witness;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Finds views that show the same prefix of the log, and proves which prefix that is. One thread; the log must reach the views' ends. */
public final class Alignment {
    private final RelayLog log;
    private final Catalog catalog;
    private final boolean commitsInLogOrder;
    private int reads;
    private boolean undecided;
    private Optional<LogWindow.Base> base = Optional.empty();

    /**
     * Nothing is read before it is needed.
     *
     * @param commitsInLogOrder whether the leader makes transactions visible in the order in which it logs them; otherwise a view may show any
     *     of those of its window, and only a view whose window is empty is proved
     */
    public Alignment(RelayLog log, Catalog catalog, boolean commitsInLogOrder) {
        this.log = log;
        this.catalog = catalog;
        this.commitsInLogOrder = commitsInLogOrder;
    }

    /**
     * Views that are the same state.
     *
     * @param coordinates where the log goes on after that state
     * @param gtids everything in that state
     */
    public record Aligned(List<SnapshotView> views, BinlogCoordinates coordinates, GtidSet gtids) {
        public Aligned {
            views = List.copyOf(views);
        }
    }

    /** How many rows were read inside the views of the last call. */
    public int reads() {
        return reads;
    }

    /** Whether a view of the last call could not be decided, which other views or a lock on keyless tables may change. */
    public boolean wasUndecided() {
        return undecided;
    }

    /**
     * The views that show one and the same proved prefix, if at least {@code needed} do.
     *
     * @param views opened after those of the call before
     */
    public Optional<Aligned> align(List<SnapshotView> views, int needed) throws SnapshotException, RelayLogException, IOException {
        reads = 0;
        undecided = false;
        LogWindow window = new LogWindow(log, catalog, base);
        window.read(views);
        base = Optional.of(window.base());
        Map<SnapshotView, Set<Integer>> prefixes = new HashMap<>();
        for (SnapshotView view : views) {
            prefixes.put(view, prefixesOf(view, window));
        }
        return largestGroup(views, prefixes, needed).map(prefix -> aligned(prefix, views, prefixes, window));
    }

    private Aligned aligned(int prefix, List<SnapshotView> views, Map<SnapshotView, Set<Integer>> prefixes, LogWindow window) {
        List<SnapshotView> same = views.stream().filter(view -> prefixes.getOrDefault(view, Set.of()).contains(prefix)).toList();
        GtidSet.Builder gtids = new GtidSet.Builder(same.getFirst().before());
        window.transactions().subList(0, prefix).forEach(transaction -> transaction.gtid().ifPresent(gtids::add));
        BinlogCoordinates coordinates = prefix == 0 ? window.start() : window.transactions().get(prefix - 1).end();
        return new Aligned(same, coordinates, gtids.build());
    }

    private static Optional<Integer> largestGroup(List<SnapshotView> views, Map<SnapshotView, Set<Integer>> prefixes, int needed) {
        Map<Integer, Integer> votes = new HashMap<>();
        for (SnapshotView view : views) {
            prefixes.getOrDefault(view, Set.of()).forEach(prefix -> votes.merge(prefix, 1, Integer::sum));
        }
        return votes.entrySet().stream().filter(entry -> entry.getValue() >= needed).max(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
    }

    /** The prefixes of the whole log that the view shows; several if they are the same state, none if it is not proved. */
    private Set<Integer> prefixesOf(SnapshotView view, LogWindow window) throws SnapshotException {
        List<Integer> positions = new ArrayList<>();
        List<LoggedTransaction> own = new ArrayList<>();
        List<LoggedTransaction> all = window.transactions();
        int executed = 0;
        int lastExecuted = 0;
        for (int i = 0; i < all.size() && all.get(i).end().compareTo(view.after()) <= 0; i++) {
            if (all.get(i).gtid().filter(view.before()::contains).isPresent()) {
                executed++;
                lastExecuted = i + 1;
            } else {
                positions.add(i + 1);
                own.add(all.get(i));
            }
        }
        if (!commitsInLogOrder && !own.isEmpty()) {
            return undecided();
        }
        Elimination elimination = new Elimination(view, own);
        Elimination.Verdict verdict = elimination.decide();
        reads += elimination.reads();
        return switch (verdict) {
            case Elimination.Verdict.Decided decided -> contiguous(decided.prefixes(), positions, executed, lastExecuted);
            case Elimination.Verdict.Undecidable none -> undecided();
            case Elimination.Verdict.Contradiction none -> undecided();
        };
    }

    private Set<Integer> undecided() {
        undecided = true;
        return Set.of();
    }

    /** Keeps the prefixes of the view's own window that are prefixes of the log: only these have a position. */
    private static Set<Integer> contiguous(List<Integer> decided, List<Integer> positions, int executed, int lastExecuted) {
        Set<Integer> prefixes = new TreeSet<>();
        for (int count : decided) {
            int last = Math.max(lastExecuted, count == 0 ? 0 : positions.get(count - 1));
            if (executed + count == last) {
                prefixes.add(last);
            }
        }
        return prefixes;
    }
}
