package io.millrace.snapshot;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.preflight.Finding;
import java.util.List;
import java.util.Optional;

/**
 * A follower that can copy the leader's files by itself. One thread; nothing is connected between calls.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/clone-plugin-remote.html">Cloning Remote Data</a>
 */
public interface CloneTarget {
    /** How a clone is. */
    enum RunState {
        RUNNING, COMPLETED, FAILED
    }

    /**
     * A clone that the follower tells of.
     *
     * @param begun when it was begun, which tells it from others
     * @param coordinates what was copied is the leader's state of these; empty before it is completed
     * @param gtidSet everything that was copied, in the server's text; empty where the leader has no GTIDs
     * @param error empty where it did not fail
     * @param progress for a person
     */
    record Run(RunState state, String begun, Optional<BinlogCoordinates> coordinates, String gtidSet, String error, String progress) {}

    /** Is told how far a clone is, in bytes, about once a second. */
    interface Progress {
        void copied(long done, long expected);
    }

    /** The last clone from the leader into this follower; empty where there was none. */
    Optional<Run> last() throws SnapshotException;

    /**
     * Looks for everything that would end badly, before anything is changed.
     *
     * @param mayReplace whether it may hold data that goes
     * @throws SnapshotException.Refused for what a person must mend
     * @throws SnapshotException.NotEmpty if it holds data and may not
     */
    void prepare(boolean mayReplace) throws SnapshotException;

    /**
     * Copies. When it returns the follower has everything and is going down, to come up again on it.
     *
     * @throws SnapshotException when nothing, or not all, was copied
     */
    void run(Progress progress) throws SnapshotException, InterruptedException;

    /**
     * Makes a clone that has come up a follower: nothing runs by itself on it that ran on the leader, and its checkpoint is saved.
     *
     * @param keepsPrepared whether XA transactions that are prepared in it stay so; else they are rolled back, to be applied once more
     * @throws SnapshotException.Unproved if it cannot be gone on from, such as one that has changed since: it must be cloned again
     */
    void finish(SeededAt seeded, boolean keepsPrepared) throws SnapshotException;

    /** Looks for every missing setting and privilege. */
    List<Finding> check() throws SnapshotException;
}
