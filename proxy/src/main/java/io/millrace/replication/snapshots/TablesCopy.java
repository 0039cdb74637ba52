package io.millrace.replication.snapshots;

import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Chunk;
import io.millrace.store.Part;
import io.millrace.snapshot.RowSink;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotSource;
import io.millrace.snapshot.SnapshotView;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import io.millrace.store.ChunkWriter;
import io.millrace.store.CopiedPart;
import io.millrace.store.SnapshotDraft;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies parts of tables out of views into a draft, one thread a view. */
final class TablesCopy {
    private static final Logger LOG = LoggerFactory.getLogger(TablesCopy.class);
    private static final long REPORT_BYTES = 1 << 16;
    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

    private final SnapshotSource source;
    private final Map<TableName, TableDefinition> tables;
    private final SnapshotDraft draft;
    private final SnapshotProgress progress;
    private final SnapshotWatcher watcher;
    private final long chunkBytes;
    private final AtomicInteger lockedParts = new AtomicInteger();

    TablesCopy(SnapshotSource source, Catalog catalog, SnapshotDraft draft, SnapshotProgress progress, SnapshotWatcher watcher,
            long chunkBytes) {
        this.source = source;
        this.tables = catalog.byName();
        this.draft = draft;
        this.progress = progress;
        this.watcher = watcher;
        this.chunkBytes = chunkBytes;
    }

    /**
     * Copies, with as many readers at once as the leader bears.
     *
     * @param parts those of locked tables first: the locks go when the last of them is copied
     */
    void run(List<SnapshotView> views, List<Part> parts, ReaderCount count) throws SnapshotException, IOException, InterruptedException {
        lockedParts.set((int) parts.stream().filter(part -> !table(part).isTransactional()).count());
        if (lockedParts.get() == 0) {
            source.releaseTables();
        }
        Queue<Part> left = new ConcurrentLinkedQueue<>(parts);
        ReaderGate gate = new ReaderGate(views.size());
        try (Tasks tasks = new Tasks("snapshot-reader")) {
            for (SnapshotView view : views) {
                tasks.start(() -> read(view, left, gate));
            }
            tasks.start(() -> watch(gate, count));
            tasks.awaitAll(SnapshotException.class, IOException.class);
        }
    }

    private void read(SnapshotView view, Queue<Part> left, ReaderGate gate) throws SnapshotException, IOException, InterruptedException {
        boolean more = true;
        while (more) {
            gate.enter();
            try {
                Part part = left.poll();
                more = part != null;
                if (part != null) {
                    copy(view, part);
                }
            } finally {
                gate.leave();
            }
        }
        gate.end();
    }

    /** While tables are locked everybody reads, so that they are not locked for longer. */
    private void watch(ReaderGate gate, ReaderCount count) throws SnapshotException, InterruptedException {
        String said = "";
        while (!gate.awaitEnd(LOOK_INTERVAL)) {
            if (lockedParts.get() > 0) {
                continue;
            }
            int readers = count.next(source.load());
            gate.allow(readers);
            progress.slowed(count.reason().isEmpty() ? "" : "read by " + readers + " since " + count.reason());
            if (said.isEmpty() != count.reason().isEmpty()) {
                said = count.reason();
                LOG.atInfo().addKeyValue("readers", readers).addKeyValue("cause", said)
                        .log(said.isEmpty() ? "the leader is no longer busy" : "the leader is busy: fewer readers read it");
            }
        }
    }

    private TableDefinition table(Part part) {
        return Objects.requireNonNull(tables.get(part.table()));
    }

    private void copy(SnapshotView view, Part part) throws SnapshotException, IOException {
        TableDefinition table = table(part);
        try (ChunkCutter cutter = new ChunkCutter(table)) {
            view.copy(table, part.range(), cutter);
            CopiedPart copied = new CopiedPart(part, cutter.finish());
            draft.copied(copied);
            watcher.copied(copied);
        }
        if (!table.isTransactional() && lockedParts.decrementAndGet() == 0) {
            source.releaseTables();
        }
    }

    /** Cuts the rows of one part into chunks by size. One thread. */
    private final class ChunkCutter implements RowSink, AutoCloseable {
        private final TableDefinition table;
        private final List<Chunk> chunks = new ArrayList<>();
        private Optional<ChunkWriter> writer = Optional.empty();
        private long unreportedRows;
        private long unreportedBytes;

        ChunkCutter(TableDefinition table) {
            this.table = table;
        }

        @Override
        public void row(ByteBuffer line) throws IOException {
            part(line, true);
        }

        @Override
        public void part(ByteBuffer line, boolean last) throws IOException {
            ChunkWriter open = writer.isPresent() ? writer.get() : draft.chunk(table.name());
            writer = Optional.of(open);
            unreportedRows += last ? 1 : 0;
            unreportedBytes += line.remaining();
            if (unreportedBytes >= REPORT_BYTES) {
                report();
            }
            open.part(line, last);
            if (last && open.bytes() >= chunkBytes) {
                cut();
            }
        }

        private void report() {
            progress.copied(unreportedRows, unreportedBytes);
            unreportedRows = 0;
            unreportedBytes = 0;
        }

        private void cut() throws IOException {
            report();
            if (writer.isPresent()) {
                chunks.add(writer.get().finish());
                writer = Optional.empty();
            }
        }

        List<Chunk> finish() throws IOException {
            cut();
            return chunks;
        }

        @Override
        public void close() throws IOException {
            if (writer.isPresent()) {
                writer.get().close();
            }
        }
    }
}
