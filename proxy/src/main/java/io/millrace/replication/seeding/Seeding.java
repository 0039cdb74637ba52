package io.millrace.replication.seeding;

import io.millrace.leader.LeaderException;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.snapshots.SnapshotProgress;
import io.millrace.snapshot.SnapshotException;
import java.io.IOException;
import java.util.function.BiConsumer;

/** How one follower gets the leader's data, with the coordinates where the log goes on. One thread. */
public interface Seeding {
    /** Whether one was begun whose end is not known yet: until {@link #seed} is through, nothing that the follower says of itself counts. */
    boolean isUnfinished() throws IOException;

    /** Why the follower may not answer now, and what to do; "" where that is nothing that seeding knows of. */
    default String awayBecause() throws IOException {
        return "";
    }

    /**
     * Seeds the follower; after a failure it goes on where it was.
     *
     * @param doing is told what is done, each time that something else begins
     * @throws SnapshotException when it cannot be seeded now, or at all
     */
    void seed(RelayLog log, BiConsumer<String, SnapshotProgress> doing)
            throws SnapshotException, LeaderException, RelayLogException, IOException, InterruptedException;
}
