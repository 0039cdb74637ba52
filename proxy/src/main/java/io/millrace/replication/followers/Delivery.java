package io.millrace.replication.followers;

import io.millrace.binlog.GtidSet;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerProfile;
import io.millrace.relay.RelayLogException;
import java.util.Optional;
import java.util.function.Consumer;

/** How a follower gets the changes after its snapshot. One thread drives it; any may look at its progress. */
public interface Delivery {
    /** What the follower has applied, as it says itself; empty for one that is new. */
    Optional<GtidSet> applied() throws FollowerException;

    /** Who the follower is. */
    FollowerProfile profile() throws FollowerException;

    /** Whether the follower replicates by itself. */
    boolean replicates();

    /**
     * Whether the follower can go on from where it is.
     *
     * @throws RelayLogException.Missing if the log no longer has what it needs, and it may not be seeded again
     */
    boolean isSeeded(Epoch epoch) throws FollowerException, RelayLogException, InterruptedException;

    /** Delivers until interrupted or until something fails. */
    void deliver(Epoch epoch, RetryDelay delay, Consumer<FollowerState> state) throws FollowerException, RelayLogException, InterruptedException;

    ApplierProgress progress();
}
