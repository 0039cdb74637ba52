package io.millrace.replication.seeding;

import io.millrace.replication.snapshots.SnapshotProgress;
import io.millrace.replication.snapshots.SnapshotWatcher;
import io.millrace.replication.snapshots.Tasks;
import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotTarget;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import io.millrace.store.CopiedPart;
import io.millrace.store.Part;
import io.millrace.store.SnapshotRepository;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a snapshot into a follower, several chunks at once, also while it is still being taken; after a crash it goes on with the chunks
 * that are missing. One thread makes and ends it.
 */
final class Seeder implements SnapshotWatcher, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Seeder.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final SnapshotRepository repository;
    private final SnapshotTarget target;
    private final SnapshotProgress taking;
    private final SnapshotProgress progress;
    private final int loaders;
    private final Tasks tasks = new Tasks("seeder");
    private final ChunkQueue chunks = new ChunkQueue();
    private final Map<TableName, TableDefinition> tables = new HashMap<>();
    /** For each table the parts that are not copied and the chunks that are not loaded. */
    private final Map<TableName, Integer> left = new ConcurrentHashMap<>();
    private final CountDownLatch prepared = new CountDownLatch(1);
    private final AtomicBoolean preparing = new AtomicBoolean();
    private boolean begun;

    /**
     * @param taking is told while the snapshot is taken why it is not loaded
     * @param progress of the loading
     */
    Seeder(SnapshotRepository repository, SnapshotTarget target, SnapshotProgress taking, SnapshotProgress progress, int loaders) {
        this.repository = repository;
        this.target = target;
        this.taking = taking;
        this.progress = progress;
        this.loaders = loaders;
    }

    @Override
    public void begun(Manifest planned, List<Part> parts) {
        progress.expect(planned.catalog().tables().stream().mapToLong(TableDefinition::estimate).sum());
        parts.forEach(part -> left.merge(part.table(), 1, Integer::sum));
        start(planned);
    }

    @Override
    public void copied(CopiedPart part) {
        expect(part.chunks());
        left.merge(part.part().table(), -1, Integer::sum);
        chunks.add(part.chunks());
    }

    private void expect(Collection<Chunk> more) {
        more.forEach(chunk -> left.merge(chunk.table(), 1, Integer::sum));
    }

    private void start(Manifest manifest) {
        begun = true;
        manifest.catalog().tables().forEach(table -> tables.put(table.name(), table));
        for (int i = 0; i < loaders; i++) {
            tasks.start(() -> {
                try {
                    run(manifest);
                } catch (SnapshotException e) {
                    LOG.atWarn().addKeyValue("snapshot", manifest.id()).addKeyValue("cause", e.getMessage()).log("a loader stopped");
                    taking.notTaken(String.valueOf(e.getMessage()));
                    throw e; // Seen when the snapshot is whole: it is good for others, and what is left of it is loaded then.
                }
            });
        }
    }

    /** One loader. The first of them makes the tables, so that whoever takes the snapshot need not wait for it. */
    private void run(Manifest manifest) throws SnapshotException, InterruptedException {
        if (preparing.compareAndSet(false, true)) {
            patiently(() -> target.prepare(manifest));
            prepared.countDown();
        }
        prepared.await();
        for (Optional<Chunk> next = chunks.next(Optional.empty()); next.isPresent(); next = chunks.next(next)) {
            Chunk chunk = next.get();
            TableDefinition table = table(manifest, chunk);
            patiently(() -> {
                if (!target.isLoaded(chunk)) {
                    load(manifest, table, chunk);
                }
            });
            progress.copied(chunk.rows(), chunk.bytes());
            if (left.merge(chunk.table(), -1, Integer::sum) == 0) {
                patiently(() -> target.complete(manifest, table));
            }
        }
    }

    /** Something that can be done again when it is not known how far it came. */
    private interface Step {
        void run() throws SnapshotException;
    }

    /** While the rest is still being copied there is time: a follower that is lost may come back. Afterwards others decide. */
    private void patiently(Step step) throws SnapshotException, InterruptedException {
        for (boolean again = false;; again = true) {
            try {
                step.run();
                if (again) {
                    taking.notTaken("");
                }
                return;
            } catch (SnapshotException.Unreachable e) {
                if (chunks.awaitClosed(RETRY)) {
                    throw e;
                }
                LOG.atDebug().addKeyValue("cause", e.getMessage()).log("a loader tries again");
                taking.notTaken(String.valueOf(e.getMessage()));
            }
        }
    }

    /**
     * Loads what is left of a whole snapshot, or all of it, and ends the seeding.
     *
     * @throws SnapshotException when the follower cannot be seeded; what was loaded stays, to be gone on with
     */
    void finish(Manifest manifest) throws SnapshotException, InterruptedException {
        progress.expect(manifest.bytes());
        if (!begun) {
            expect(manifest.chunks());
            chunks.add(manifest.chunks());
            start(manifest);
        }
        chunks.close();
        tasks.awaitAll(SnapshotException.class, SnapshotException.class);
        target.finish(manifest).forEach(said -> LOG.atWarn().addKeyValue("snapshot", manifest.id()).log(said));
    }

    private TableDefinition table(Manifest manifest, Chunk chunk) throws SnapshotException {
        TableDefinition table = tables.get(chunk.table());
        if (table == null) {
            throw new SnapshotException.Corrupt("Snapshot " + manifest.id() + " has a chunk of " + chunk.table() + " but not the table", null);
        }
        return table;
    }

    /** A driver says of a chunk that it could not read to its end only that the link failed. */
    private void load(Manifest manifest, TableDefinition table, Chunk chunk) throws SnapshotException {
        AtomicReference<IOException> unread = new AtomicReference<>();
        try {
            target.load(table, chunk, () -> open(manifest, chunk, unread));
        } catch (SnapshotException | UncheckedIOException e) {
            IOException cause = unread.get();
            if (cause == null) {
                throw e;
            }
            throw new SnapshotException.Corrupt("Chunk " + chunk.number() + " of snapshot " + manifest.id() + " cannot be read (" + cause.getMessage()
                    + "): take a new snapshot", cause);
        }
    }

    private InputStream open(Manifest manifest, Chunk chunk, AtomicReference<IOException> unread) {
        try {
            return new NotedStream(repository.open(manifest, chunk), unread);
        } catch (IOException e) {
            unread.set(e);
            throw new UncheckedIOException(e);
        }
    }

    /** Notes why it could not be read. */
    private static final class NotedStream extends FilterInputStream {
        private final AtomicReference<IOException> unread;

        NotedStream(InputStream in, AtomicReference<IOException> unread) {
            super(in);
            this.unread = unread;
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (IOException e) {
                unread.set(e);
                throw e;
            }
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return super.read(bytes, offset, length);
            } catch (IOException e) {
                unread.set(e);
                throw e;
            }
        }
    }

    /** Ends the loaders, whatever they do. */
    @Override
    public void close() {
        tasks.close();
    }
}
