package io.millrace.replication.snapshots;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.witness.Alignment;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.Opening;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotSource;
import io.millrace.snapshot.SnapshotView;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Opens views that are proved to show one state, by the mildest means that suffice: nothing locked; keyless tables locked for
 * milliseconds; the binlog rotated; fewer views; the whole server locked for milliseconds. One thread.
 */
final class ViewOpener {
    private static final int TRIES = 6;
    private static final Duration LOG_PATIENCE = Duration.ofSeconds(60);

    private final SnapshotSource source;
    private final RelayLog log;
    private final Catalog catalog;
    private final Means means;
    private final Alignment alignment;
    private int attempts;
    private int reads;
    private String busy = "";

    /** What the configuration and the leader allow. */
    record Means(boolean lockKeylessTables, boolean flushBinlog, boolean lockAll, boolean gtids) {}

    /** Views of one state, and how that was proved. */
    record Opened(List<SnapshotView> views, BinlogCoordinates coordinates, GtidSet gtids, Manifest.Proof proof) {}

    ViewOpener(SnapshotSource source, RelayLog log, Catalog catalog, Means means) throws SnapshotException {
        this.source = source;
        this.log = log;
        this.catalog = catalog;
        this.means = means;
        this.alignment = new Alignment(log, catalog, source.commitsInLogOrder());
    }

    /**
     * Climbs the ladder.
     *
     * @param wanted how many views; fewer may come
     * @throws SnapshotException.Unproved when every allowed rung has failed
     */
    Opened open(int wanted) throws SnapshotException, RelayLogException, IOException, InterruptedException {
        long began = System.nanoTime();
        List<Opening> rungs = rungs();
        for (int views = wanted; views >= 1; views = views > 1 ? Math.max(1, views / 4) : 0) {
            for (Opening rung : rungs) {
                Optional<Alignment.Aligned> aligned = climb(rung, views);
                if (aligned.isPresent()) {
                    Manifest.Proof proof = new Manifest.Proof(rung, aligned.get().views().size(), attempts, reads,
                            (System.nanoTime() - began) / 1_000_000);
                    return new Opened(aligned.get().views(), aligned.get().coordinates(), aligned.get().gtids(), proof);
                }
            }
        }
        throw new SnapshotException.Unproved("The coordinates of a snapshot could not be proved in " + attempts + " attempts: " + advice());
    }

    private String advice() {
        return means.lockAll()
                ? "the leader gave no lock" + busy
                : "allow a short lock with snapshot.lock: all";
    }

    private List<Opening> rungs() {
        List<Opening> rungs = new ArrayList<>();
        if (means.gtids() || source.viewsAreExact()) {
            rungs.add(Opening.PLAIN);
            if (means.lockKeylessTables() && !catalog.keyless().isEmpty() && means.gtids()) {
                rungs.add(Opening.KEYLESS_TABLES_LOCKED);
            }
            if (means.flushBinlog() && means.gtids()) {
                rungs.add(Opening.BINLOG_FLUSHED);
            }
        }
        if (means.lockAll()) {
            rungs.add(Opening.GLOBAL_LOCK);
        }
        return rungs;
    }

    private Optional<Alignment.Aligned> climb(Opening rung, int views)
            throws SnapshotException, RelayLogException, IOException, InterruptedException {
        for (int i = 0; i < TRIES; i++) {
            attempts++;
            try {
                Optional<Alignment.Aligned> aligned = attempt(rung, views);
                if (aligned.isPresent()) {
                    return aligned;
                }
            } catch (SnapshotException.Busy e) {
                busy = ": " + e.getMessage(); // The lock could not be had in its time: the next try, or the next rung.
            } catch (SnapshotException.Refused e) {
                if (rung == Opening.PLAIN) {
                    throw e;
                }
                busy = ": " + e.getMessage();
                return Optional.empty(); // The privilege for this rung is missing.
            }
        }
        return Optional.empty();
    }

    private Optional<Alignment.Aligned> attempt(Opening rung, int wanted)
            throws SnapshotException, RelayLogException, IOException, InterruptedException {
        boolean exact = rung == Opening.GLOBAL_LOCK || source.viewsAreExact();
        int count = exact ? wanted : wanted + wanted / 2;
        List<SnapshotView> views = source.open(count, rung, catalog);
        Optional<Alignment.Aligned> aligned = Optional.empty();
        try {
            awaitLog(views);
            aligned = exact ? sameCoordinates(views, wanted) : alignment.align(views, wanted);
            reads = alignment.reads();
            return aligned.map(found -> new Alignment.Aligned(found.views().subList(0, wanted), found.coordinates(), found.gtids()));
        } finally {
            List<SnapshotView> kept = aligned.map(found -> found.views().subList(0, wanted)).orElse(List.of());
            views.stream().filter(view -> !kept.contains(view)).forEach(SnapshotView::close);
        }
    }

    private void awaitLog(List<SnapshotView> views) throws SnapshotException, InterruptedException {
        BinlogCoordinates end = views.stream().map(SnapshotView::after).max(BinlogCoordinates::compareTo).orElseThrow();
        if (!log.awaitEnd(end, LOG_PATIENCE)) {
            throw new SnapshotException.Unreachable("The relay log did not reach " + end + " within " + LOG_PATIENCE.toSeconds()
                    + " s, so the snapshot's coordinates cannot be proved; it stands at " + log.end(), null);
        }
    }

    private static Optional<Alignment.Aligned> sameCoordinates(List<SnapshotView> views, int needed) {
        Map<BinlogCoordinates, List<SnapshotView>> groups = new HashMap<>();
        views.forEach(view -> groups.computeIfAbsent(view.after(), absent -> new ArrayList<>()).add(view));
        return groups.entrySet().stream().filter(group -> group.getValue().size() >= needed).findFirst()
                .map(group -> new Alignment.Aligned(group.getValue(), group.getKey(), group.getValue().getFirst().before()));
    }
}
