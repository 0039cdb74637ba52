package io.millrace.snapshot;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.preflight.Finding;
import java.util.List;

/** The leader as something to copy. One thread opens and closes; the views are used by one thread each. */
public interface SnapshotSource extends AutoCloseable {
    /** Keeps DDL away until {@link #close}, if the account may; tells whether it does. */
    boolean lockForBackup() throws SnapshotException;

    /**
     * Where the leader stands.
     *
     * @param executed everything of MySQL's kind of GTID that is visible; empty where there is none
     * @param end where the binlog ends
     */
    record Moment(GtidSet executed, BinlogCoordinates end) {}

    /** Asks the leader where it stands now: first what is visible, then where its binlog ends. */
    Moment now() throws SnapshotException;

    /** How busy the leader is now. One thread, which may be another than that which opens. */
    LeaderLoad load() throws SnapshotException;

    /** What a snapshot will lack without a word from the leader, which shows the account none of it. */
    List<Finding> unseen() throws SnapshotException;

    /** Reads what there is to copy. */
    Catalog catalog() throws SnapshotException;

    /** The xids of XA transactions that are prepared: executed by their GTID, but in no view; nobody is listed where the account may not ask. */
    List<String> preparedXa() throws SnapshotException;

    /**
     * Opens views as close together as can be. Tables that no view shows are locked against writes before, and stay so until
     * {@link #releaseTables}, the next opening, or {@link #close}: what they hold then is what they held at every view's coordinates.
     *
     * @throws SnapshotException.Busy when a lock could not be had in its time
     * @throws SnapshotException.Refused when a privilege is missing
     */
    List<SnapshotView> open(int views, Opening opening, Catalog catalog) throws SnapshotException;

    /** Lets go the tables that no view shows: they have been copied. Any thread. */
    void releaseTables() throws SnapshotException;

    /** Whether the leader itself tells each view's exact coordinates, as MariaDB does; then {@link SnapshotView#after} is exact. */
    boolean viewsAreExact();

    /**
     * Whether transactions become visible on the leader in the order of its log, as it is unless it was told otherwise.
     *
     * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-options-binary-log.html#sysvar_binlog_order_commits">binlog_order_commits</a>
     */
    boolean commitsInLogOrder() throws SnapshotException;

    @Override
    void close();
}
