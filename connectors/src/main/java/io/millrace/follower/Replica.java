package io.millrace.follower;

import io.millrace.binlog.GtidSet;
import io.millrace.preflight.Finding;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A native replica that is pointed at us and then looks after itself. Any thread may call. */
public interface Replica extends AutoCloseable {
    /** What a person does whose server is to be a follower all the same. */
    String TO_FOLLOW_AGAIN = "If it is to follow again, run STOP REPLICA; RESET REPLICA ALL; (STOP SLAVE; RESET SLAVE ALL; in MariaDB and before"
            + " MySQL 8.0.22) and DROP TABLE IF EXISTS millrace.attached; on it, and start Millrace again: what was written there meanwhile stays,"
            + " unless it is seeded";

    /** Where seeding left it, as long as it has not been attached since; empty otherwise. */
    Optional<Checkpoint> seeded() throws FollowerException;

    /** Whether it was begun to be seeded, and the end of that was not reached: whatever it remembers by its GTIDs, it does not hold. */
    boolean isBeingSeeded() throws FollowerException;

    /** What it says of its replication. */
    ReplicaStatus status() throws FollowerException;

    /** The GTIDs of others that it has, of MySQL's kind; empty where it has none. */
    GtidSet executed() throws FollowerException;

    /** Every GTID of MySQL's kind that it has, its own too; empty where it has none. */
    GtidSet remembered() throws FollowerException;

    /**
     * Points it at us and starts it. After a crash in between it may be called again.
     *
     * @param start where seeding left it; empty for one that knows by its GTIDs where it is
     * @param leader whose log it will get
     * @param formerLeaders whose logs it may have got from us before
     * @throws FollowerException.Rejected if it replicates from somebody else
     */
    void attach(Optional<ReplicaStart> start, String leader, Set<String> formerLeaders) throws FollowerException;

    /**
     * Keeps note on it that it is a replica of ours, if that is not noted yet.
     *
     * @param leader whose log it gets
     * @return false if it does not let us now, as when it is read only
     */
    boolean noteAttached(String leader) throws FollowerException;

    /** Whose log it got when that was noted; empty where nobody knows. */
    String attachedTo() throws FollowerException;

    /** Whether that is noted: if it replicates from nobody then, somebody has ended it. */
    boolean wasAttached() throws FollowerException;

    /**
     * Gives it our account's password again, which it was refused with, and starts its receiver.
     *
     * @return false if that would take from it what it has received and not applied; it may be tried again then
     */
    boolean renewPassword() throws FollowerException;

    /** Starts its receiver, which has stopped at an error. */
    void startReceiver() throws FollowerException;

    /** Stops its receiver: what it would be sent is not for it. */
    void stopReceiver() throws FollowerException;

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
