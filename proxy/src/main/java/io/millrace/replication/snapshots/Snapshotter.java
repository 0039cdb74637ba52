package io.millrace.replication.snapshots;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.leader.LeaderProfile;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Manifest;
import io.millrace.store.Part;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotSource;
import io.millrace.snapshot.SnapshotView;
import io.millrace.snapshot.TableDefinition;
import io.millrace.store.CopiedPart;
import io.millrace.store.DraftPlan;
import io.millrace.store.SnapshotDraft;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a snapshot whose coordinates are proved. The receiver must be streaming, since the proof is read from the relay log. One
 * thread calls; the views are read by threads of their own.
 */
public final class Snapshotter {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshotter.class);

    private final RelayLog log;
    private final SnapshotRepository repository;
    private final Settings settings;
    private final Clock clock;
    private final SnapshotWatcher watcher;

    /**
     * How snapshots are taken.
     *
     * @param lockTables whether tables may be locked: keyless ones for milliseconds, those that no view shows while they are copied
     * @param scope what of the leader is copied
     */
    public record Settings(ReaderCount.Bounds readers, long chunkBytes, boolean lockTables, boolean flushBinlog, boolean lockAll,
            Manifest.Scope scope) {}

    public Snapshotter(RelayLog log, SnapshotRepository repository, Settings settings, Clock clock, SnapshotWatcher watcher) {
        this.log = log;
        this.repository = repository;
        this.settings = settings;
        this.clock = clock;
        this.watcher = watcher;
    }

    /**
     * Takes one snapshot and publishes it.
     *
     * @throws SnapshotException when it cannot be taken; nothing half-done stays
     */
    public Manifest take(SnapshotSource source, LeaderProfile leader, SnapshotProgress progress)
            throws SnapshotException, RelayLogException, IOException, InterruptedException {
        boolean ddlLocked = source.lockForBackup();
        ReaderCount readers = new ReaderCount(settings.readers(), source.load());
        SnapshotSource.Moment before = source.now();
        SnapshotRepository.Use kept = repository.useLog(before.end());
        try {
            return take(source, leader, progress, ddlLocked, readers, before);
        } finally {
            kept.close();
        }
    }

    private Manifest take(SnapshotSource source, LeaderProfile leader, SnapshotProgress progress, boolean ddlLocked, ReaderCount readers,
            SnapshotSource.Moment before) throws SnapshotException, RelayLogException, IOException, InterruptedException {
        source.unseen().forEach(finding -> LOG.atWarn().addKeyValue("remedy", finding.remedy()).log(finding.what()));
        Catalog catalog = source.catalog();
        refuseWhatMayNotBeLocked(catalog);
        PreparedTransactions.awaitEnd(source);
        progress.expect(catalog.tables().stream().mapToLong(TableDefinition::estimate).sum());
        ViewOpener.Means means = new ViewOpener.Means(settings.lockTables(), settings.flushBinlog(), settings.lockAll(), leader.gtids());
        ViewOpener.Opened opened = new ViewOpener(source, log, catalog, means).open(settings.readers().most());
        LOG.atInfo().addKeyValue("coordinates", opened.coordinates()).addKeyValue("proof", opened.proof())
                .addKeyValue("ddl_locked", ddlLocked).log("snapshot coordinates proved");
        try {
            Map<String, BinlogCoordinates> preparedXa = PreparedTransactions.at(log, before.end(), opened.coordinates());
            return copy(source, leader, catalog, opened, preparedXa,
                    ddlLocked ? Optional.empty() : Optional.of(new DdlScan(log, before, settings.scope())),
                    readers, progress);
        } finally {
            opened.views().forEach(SnapshotView::close);
        }
    }

    private Manifest copy(SnapshotSource source, LeaderProfile leader, Catalog catalog, ViewOpener.Opened opened,
            Map<String, BinlogCoordinates> preparedXa, Optional<DdlScan> ddl, ReaderCount readers, SnapshotProgress progress)
            throws SnapshotException, RelayLogException, IOException, InterruptedException {
        Instant now = clock.instant();
        DraftKeeper keeper = DraftKeeper.of(repository, log, opened.coordinates(), catalog);
        DraftPlan plan = new DraftPlan(now.toString().replace(':', '-'), now, log.leader(), opened.coordinates(), catalog,
                parts(opened.views().getFirst(), catalog, keeper));
        List<Part> parts = new ArrayList<>(plan.parts());
        for (CopiedPart kept : keeper.kept()) {
            parts.remove(kept.part());
            kept.chunks().forEach(chunk -> progress.copied(chunk.rows(), chunk.bytes()));
        }
        Manifest planned = new Manifest(Manifest.FORMAT, plan.id(), now, leader.identity(), leader.version(), opened.coordinates(),
                opened.gtids().toString(), preparedXa, opened.proof(), settings.scope(), catalog, List.of());
        SnapshotRepository.Use use = repository.use(plan.id());
        try (SnapshotDraft draft = keeper.begin(plan)) {
            watcher.begun(planned, plan.parts());
            keeper.kept().forEach(watcher::copied);
            try {
                new TablesCopy(source, catalog, draft, progress, watcher, settings.chunkBytes()).run(opened.views(), parts, readers);
                SnapshotSource.Moment end = source.now(); // It also fails if the session is gone that kept DDL away.
                if (ddl.isPresent()) {
                    ddl.get().requireNoneUntil(end);
                }
            } catch (SnapshotException.Unreachable | InterruptedException e) {
                draft.suspend(); // Who was lost or told to stop will come back, and what was copied may still serve.
                throw e;
            }
            Manifest manifest = planned.with(draft.chunks());
            draft.publish(manifest);
            return manifest;
        } finally {
            use.close();
        }
    }

    private void refuseWhatMayNotBeLocked(Catalog catalog) throws SnapshotException {
        List<String> tables = catalog.nonTransactional().stream().map(table -> table.name() + " (" + table.engine() + ")").toList();
        if (!tables.isEmpty() && !settings.lockTables()) {
            throw new SnapshotException.Refused("No consistent view shows tables of these engines, and snapshot.lock does not let them be locked"
                    + " while they are copied: " + String.join(", ", tables) + "; allow it with snapshot.lock: tables, convert them with"
                    + " ALTER TABLE … ENGINE=InnoDB, or leave their schemas out with snapshot.schemas", null);
        }
    }

    /** The locked tables first, then the largest, so that no reader is left alone with one at the end; as many at once as there are readers. */
    private List<Part> parts(SnapshotView view, Catalog catalog, DraftKeeper keeper) throws SnapshotException {
        List<List<Part>> locked = new ArrayList<>();
        List<List<Part>> others = new ArrayList<>();
        List<TableDefinition> tables = new ArrayList<>(catalog.tables());
        tables.sort(
                Comparator.comparing(TableDefinition::isTransactional).thenComparing(Comparator.comparingLong(TableDefinition::estimate).reversed()));
        for (TableDefinition table : tables) {
            Optional<List<Part>> planned = keeper.partsOf(table);
            if (planned.isPresent()) {
                (table.isTransactional() ? others : locked).add(planned.get());
            } else if (table.hasRows()) {
                (table.isTransactional() ? others : locked)
                        .add(view.ranges(table, settings.chunkBytes()).stream().map(range -> new Part(table.name(), range)).toList());
            }
        }
        List<Part> parts = new ArrayList<>();
        locked.forEach(parts::addAll);
        parts.addAll(inTurns(others, settings.readers().most()));
        return parts;
    }

    /** One of each table in turn, of a few tables at a time: whoever loads them meanwhile gets several tables, and each in the order of its key. */
    static List<Part> inTurns(List<List<Part>> tables, int atOnce) {
        List<Part> parts = new ArrayList<>();
        Iterator<List<Part>> waiting = tables.iterator();
        Deque<Iterator<Part>> open = new ArrayDeque<>();
        while (!open.isEmpty() || waiting.hasNext()) {
            while (open.size() < atOnce && waiting.hasNext()) {
                open.add(waiting.next().iterator());
            }
            Iterator<Part> next = open.remove();
            if (next.hasNext()) {
                parts.add(next.next());
                open.add(next);
            }
        }
        return parts;
    }
}
