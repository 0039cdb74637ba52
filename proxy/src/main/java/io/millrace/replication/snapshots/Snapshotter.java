package io.millrace.replication.snapshots;

import io.millrace.leader.LeaderProfile;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotSource;
import io.millrace.snapshot.SnapshotView;
import io.millrace.snapshot.TableDefinition;
import io.millrace.store.ChunkWriter;
import io.millrace.store.SnapshotDraft;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a snapshot whose coordinates are proved. The receiver must be streaming, since the proof is read from the relay log. One
 * thread calls; the views are read by threads of their own.
 */
public final class Snapshotter {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshotter.class);
    private static final long REPORT_BYTES = 1 << 16;
    private static final int XA_TRIES = 100;
    private static final long XA_PAUSE_MILLIS = 100;

    private final RelayLog log;
    private final SnapshotRepository repository;
    private final Settings settings;
    private final Clock clock;

    /** How snapshots are taken. */
    public record Settings(int readers, long chunkBytes, boolean lockKeylessTables, boolean flushBinlog, boolean lockAll) {}

    public Snapshotter(RelayLog log, SnapshotRepository repository, Settings settings, Clock clock) {
        this.log = log;
        this.repository = repository;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Takes one snapshot and publishes it.
     *
     * @throws SnapshotException when it cannot be taken; nothing half-done stays
     */
    public Manifest take(SnapshotSource source, LeaderProfile leader, SnapshotProgress progress)
            throws SnapshotException, RelayLogException, IOException, InterruptedException {
        boolean ddlLocked = source.lockForBackup();
        Catalog catalog = source.catalog();
        refuseWhatNoViewShows(catalog);
        awaitNoPreparedXa(source);
        progress.expect(catalog.tables().stream().mapToLong(TableDefinition::estimate).sum());
        ViewOpener.Means means = new ViewOpener.Means(settings.lockKeylessTables(), settings.flushBinlog(), settings.lockAll(), leader.gtids());
        ViewOpener.Opened opened = new ViewOpener(source, log, catalog, means).open(settings.readers());
        LOG.atInfo().addKeyValue("coordinates", opened.coordinates()).addKeyValue("proof", opened.proof()).log("snapshot coordinates proved");
        Instant now = clock.instant();
        String id = now.toString().replace(':', '-');
        try (SnapshotDraft draft = repository.begin(id)) {
            List<Chunk> chunks = copy(opened.views(), catalog, draft, progress);
            DdlScan.requireNone(log, opened.coordinates(), ddlLocked);
            Manifest manifest = new Manifest(Manifest.FORMAT, id, now, leader.identity(), leader.version(), opened.coordinates(),
                    opened.gtids().toString(), opened.proof(), catalog, chunks);
            draft.publish(manifest);
            return manifest;
        }
    }

    private static void refuseWhatNoViewShows(Catalog catalog) throws SnapshotException {
        List<String> tables = catalog.tables().stream().filter(table -> !table.isTransactional())
                .map(table -> table.name() + " (" + table.engine() + ")").toList();
        if (!tables.isEmpty()) {
            throw new SnapshotException.Refused("No consistent view shows tables of these engines: " + String.join(", ", tables)
                    + "; convert them with ALTER TABLE … ENGINE=InnoDB, or leave their schemas out with snapshot.schemas", null);
        }
    }

    /** A prepared XA transaction is executed by its GTID but in no view: the snapshot waits until there is none. */
    private static void awaitNoPreparedXa(SnapshotSource source) throws SnapshotException, InterruptedException {
        List<String> prepared = source.preparedXa();
        for (int i = 0; i < XA_TRIES && !prepared.isEmpty(); i++) {
            Thread.sleep(XA_PAUSE_MILLIS);
            prepared = source.preparedXa();
        }
        if (!prepared.isEmpty()) {
            throw new SnapshotException.Busy("XA transactions are prepared on the leader and stay so (" + String.join(", ", prepared)
                    + "): commit them or roll them back, then try again", null);
        }
    }

    private record Part(TableDefinition table, KeyRange range) {}

    private List<Chunk> copy(List<SnapshotView> views, Catalog catalog, SnapshotDraft draft, SnapshotProgress progress)
            throws SnapshotException, IOException, InterruptedException {
        List<Chunk> chunks = Collections.synchronizedList(new ArrayList<>());
        try (Tasks tasks = new Tasks("snapshot-reader")) {
            Queue<Part> parts = parts(views.getFirst(), catalog);
            for (SnapshotView view : views) {
                tasks.start(() -> {
                    for (Part part = parts.poll(); part != null; part = parts.poll()) {
                        copyPart(view, part, draft, chunks, progress);
                    }
                });
            }
            tasks.awaitAll(SnapshotException.class, IOException.class);
        } finally {
            views.forEach(SnapshotView::close);
        }
        return chunks;
    }

    /** The largest parts first, so that no reader is left alone with one at the end. */
    private Queue<Part> parts(SnapshotView view, Catalog catalog) throws SnapshotException {
        List<Part> parts = new ArrayList<>();
        List<TableDefinition> tables = new ArrayList<>(catalog.tables());
        tables.sort(Comparator.comparingLong(TableDefinition::estimate).reversed());
        for (TableDefinition table : tables) {
            view.ranges(table, settings.chunkBytes()).forEach(range -> parts.add(new Part(table, range)));
        }
        return new ConcurrentLinkedQueue<>(parts);
    }

    private void copyPart(SnapshotView view, Part part, SnapshotDraft draft, List<Chunk> chunks, SnapshotProgress progress)
            throws SnapshotException, IOException {
        try (ChunkCutter cutter = new ChunkCutter(draft, part.table(), chunks, progress)) {
            view.copy(part.table(), part.range(), cutter::row);
            cutter.finish();
        }
    }

    /** Cuts the rows of one part into chunks by size. */
    private final class ChunkCutter implements AutoCloseable {
        private final SnapshotDraft draft;
        private final TableDefinition table;
        private final List<Chunk> chunks;
        private final SnapshotProgress progress;
        private Optional<ChunkWriter> writer = Optional.empty();
        private long unreportedRows;
        private long unreportedBytes;

        ChunkCutter(SnapshotDraft draft, TableDefinition table, List<Chunk> chunks, SnapshotProgress progress) {
            this.draft = draft;
            this.table = table;
            this.chunks = chunks;
            this.progress = progress;
        }

        void row(ByteBuffer line) throws IOException {
            ChunkWriter open = writer.isPresent() ? writer.get() : draft.chunk(table.name());
            writer = Optional.of(open);
            unreportedRows++;
            unreportedBytes += line.remaining();
            if (unreportedBytes >= REPORT_BYTES) {
                report();
            }
            open.row(line);
            if (open.bytes() >= settings.chunkBytes()) {
                finish();
            }
        }

        private void report() {
            progress.copied(unreportedRows, unreportedBytes);
            unreportedRows = 0;
            unreportedBytes = 0;
        }

        void finish() throws IOException {
            report();
            if (writer.isPresent()) {
                chunks.add(writer.get().finish());
                writer = Optional.empty();
            }
        }

        @Override
        public void close() throws IOException {
            if (writer.isPresent()) {
                writer.get().close();
            }
        }
    }
}
