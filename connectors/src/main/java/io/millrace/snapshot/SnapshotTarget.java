package io.millrace.snapshot;

import java.io.InputStream;
import java.util.List;
import java.util.function.Supplier;

/** A follower as something to load a snapshot into. {@link #load} may be called by several threads at once. */
public interface SnapshotTarget extends AutoCloseable {
    /**
     * Whether it can be loaded while the snapshot is still being taken, and may come to nothing: it holds nothing that would be missed then,
     * and is as safe as ever meanwhile.
     *
     * @throws SnapshotException.NotEmpty if the follower holds user data and may not be emptied
     */
    boolean loadsEarly() throws SnapshotException;

    /**
     * Makes schemas and tables, and remembers that seeding has begun; after a crash it goes on where it was.
     *
     * @throws SnapshotException.NotEmpty if the follower holds user data and may not be emptied
     */
    void prepare(Manifest manifest) throws SnapshotException;

    /** Whether a chunk is in the follower already. */
    boolean isLoaded(Chunk chunk) throws SnapshotException;

    /** Loads a chunk exactly once: its rows and the note that it is loaded are one transaction. */
    void load(TableDefinition table, Chunk chunk, Supplier<InputStream> rows) throws SnapshotException;

    /** All chunks of a table are loaded: makes what of it was left for then. Several tables may be completed at once. */
    void complete(Manifest manifest, TableDefinition table) throws SnapshotException;

    /**
     * Makes everything but tables, saves the checkpoint, and ends the seeding.
     *
     * @return what the follower has in another form than the leader, in words
     */
    List<String> finish(Manifest manifest) throws SnapshotException;

    @Override
    void close();
}
