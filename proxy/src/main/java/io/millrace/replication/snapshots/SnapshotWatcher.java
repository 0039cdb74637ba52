package io.millrace.replication.snapshots;

import io.millrace.snapshot.Manifest;
import io.millrace.store.CopiedPart;
import io.millrace.store.Part;
import java.util.List;

/** Looks on while a snapshot is taken. What it sees is durable, but is no snapshot before that is published, and may never be one. */
public interface SnapshotWatcher {
    /** Somebody whom only the whole snapshot is of use to. */
    SnapshotWatcher NONE = new SnapshotWatcher() {
        @Override
        public void begun(Manifest planned, List<Part> parts) {
            // The whole one will tell.
        }

        @Override
        public void copied(CopiedPart part) {
            // The whole one has it.
        }
    };

    /**
     * The coordinates are proved. Must not take long: the leader's views are open. One thread.
     *
     * @param planned what the snapshot is going to be, without its chunks
     * @param parts everything that {@link #copied} will be told of
     */
    void begun(Manifest planned, List<Part> parts);

    /** A part can be read from the repository. Any thread. */
    void copied(CopiedPart part);
}
