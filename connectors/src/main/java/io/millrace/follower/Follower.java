package io.millrace.follower;

import io.millrace.preflight.Finding;
import java.util.List;
import java.util.Optional;

/** A server that we apply to. Any thread may call; one session drives at a time. */
public interface Follower extends AutoCloseable {
    /** Where the follower stands; empty for one that was never seeded by us. */
    Optional<Checkpoint> checkpoint() throws FollowerException;

    /**
     * Becomes the one driver: an older session of ours is ended first, so that nothing it still does can come after.
     *
     * @throws FollowerException if there is no checkpoint to go on from
     */
    FollowerSession drive() throws FollowerException;

    /** Who it is. */
    FollowerProfile profile() throws FollowerException;

    /** Looks for every missing setting and privilege. */
    List<Finding> check() throws FollowerException;

    @Override
    void close();
}
