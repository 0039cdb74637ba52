package io.millrace.snapshot;

import java.util.List;

/** The leader as something to copy. One thread opens and closes; the views are used by one thread each. */
public interface SnapshotSource extends AutoCloseable {
    /** Keeps DDL away until {@link #close}, if the account may; tells whether it does. */
    boolean lockForBackup() throws SnapshotException;

    /** Reads what there is to copy. */
    Catalog catalog() throws SnapshotException;

    /** The xids of XA transactions that are prepared: executed by their GTID, but in no view. */
    List<String> preparedXa() throws SnapshotException;

    /**
     * Opens views as close together as can be.
     *
     * @param keyless the tables to lock on the rung {@link Opening#KEYLESS_TABLES_LOCKED}
     * @throws SnapshotException.Busy when the rung's lock could not be had in its time
     */
    List<SnapshotView> open(int views, Opening opening, List<TableDefinition> keyless) throws SnapshotException;

    /** Whether the leader itself tells each view's exact coordinates, as MariaDB does; then {@link SnapshotView#after} is exact. */
    boolean viewsAreExact();

    @Override
    void close();
}
