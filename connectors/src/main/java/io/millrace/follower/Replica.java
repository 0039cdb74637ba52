package io.millrace.follower;

import io.millrace.binlog.GtidSet;
import io.millrace.preflight.Finding;
import java.util.List;
import java.util.Optional;

/** A native replica that is pointed at us and then looks after itself. Any thread may call. */
public interface Replica extends AutoCloseable {
    /** Where seeding left it, as long as it has not been attached since; empty otherwise. */
    Optional<Checkpoint> seeded() throws FollowerException;

    /** Whether it was begun to be seeded, and the end of that was not reached: whatever it remembers by its GTIDs, it does not hold. */
    boolean isBeingSeeded() throws FollowerException;

    /** What it says of its replication. */
    ReplicaStatus status() throws FollowerException;

    /** The GTIDs of others that it has, of MySQL's kind; empty where it has none. */
    GtidSet executed() throws FollowerException;

    /**
     * Points it at us and starts it. After a crash in between it may be called again.
     *
     * @param start where seeding left it; empty for one that knows by its GTIDs where it is
     * @throws FollowerException.Rejected if it replicates from somebody else
     */
    void attach(Optional<ReplicaStart> start) throws FollowerException;

    /** Ends its replication from us for good: it is to be seeded again. */
    void detach() throws FollowerException;

    /** Who it is. */
    FollowerProfile profile() throws FollowerException;

    /** Looks for every missing setting and privilege. */
    List<Finding> check() throws FollowerException;

    @Override
    void close();

    /**
     * Where a replica begins.
     *
     * @param checkpoint of the snapshot; its GTIDs without those that are to be sent again
     * @param mariaDbGtids the same place as MariaDB says it, {@code domain-server-number}; empty for others
     */
    record ReplicaStart(Checkpoint checkpoint, String mariaDbGtids) {}
}
