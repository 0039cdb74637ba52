package io.millrace.replication.seeding;

import io.millrace.replication.snapshots.SnapshotProgress;
import io.millrace.replication.snapshots.Tasks;
import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotTarget;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Loads a stored snapshot into a follower, several chunks at once; after a crash it goes on with the chunks that are missing. */
final class Seeder {
    private final SnapshotRepository repository;
    private final int loaders;

    Seeder(SnapshotRepository repository, int loaders) {
        this.repository = repository;
        this.loaders = loaders;
    }

    /** @throws SnapshotException when the follower cannot be seeded; what was loaded stays, to be gone on with */
    void seed(Manifest manifest, SnapshotTarget target, SnapshotProgress progress) throws SnapshotException, InterruptedException {
        progress.expect(manifest.bytes());
        target.prepare(manifest);
        Map<TableName, TableDefinition> tables = new HashMap<>();
        manifest.catalog().tables().forEach(table -> tables.put(table.name(), table));
        Map<TableName, Integer> left = new ConcurrentHashMap<>();
        manifest.chunks().forEach(chunk -> left.merge(chunk.table(), 1, Integer::sum));
        ChunkQueue chunks = new ChunkQueue(manifest.chunks());
        try (Tasks tasks = new Tasks("seeder")) {
            for (int i = 0; i < Math.min(loaders, manifest.chunks().size()); i++) {
                tasks.start(() -> {
                    for (Optional<Chunk> next = chunks.next(Optional.empty()); next.isPresent(); next = chunks.next(next)) {
                        Chunk chunk = next.get();
                        TableDefinition table = table(manifest, tables, chunk);
                        load(manifest, target, table, chunk);
                        progress.copied(chunk.rows(), chunk.bytes());
                        if (left.merge(chunk.table(), -1, Integer::sum) == 0) {
                            target.complete(manifest, table);
                        }
                    }
                });
            }
            tasks.awaitAll(SnapshotException.class, SnapshotException.class);
        }
        target.finish(manifest);
    }

    private static TableDefinition table(Manifest manifest, Map<TableName, TableDefinition> tables, Chunk chunk) throws SnapshotException {
        TableDefinition table = tables.get(chunk.table());
        if (table == null) {
            throw new SnapshotException.Corrupt("Snapshot " + manifest.id() + " has a chunk of " + chunk.table() + " but not the table", null);
        }
        return table;
    }

    private void load(Manifest manifest, SnapshotTarget target, TableDefinition table, Chunk chunk) throws SnapshotException {
        if (!target.isLoaded(chunk)) {
            target.load(table, chunk, () -> open(manifest, chunk));
        }
    }

    private InputStream open(Manifest manifest, Chunk chunk) {
        try {
            return repository.open(manifest, chunk);
        } catch (IOException e) {
            throw new UncheckedIOException("Chunk " + chunk.number() + " of snapshot " + manifest.id() + " cannot be read: take a new snapshot", e);
        }
    }
}
