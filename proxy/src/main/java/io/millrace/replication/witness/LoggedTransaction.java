package io.millrace.replication.witness;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import java.util.List;
import java.util.Optional;

/**
 * A transaction of the log, as far as a proof needs it.
 *
 * @param end where its last event ends
 * @param changes its net effect, one entry a row
 * @param opaque whether it did something to the snapshot's tables that rows by key do not tell
 * @param hiding whether it may have written any row without saying so, even one that another transaction tells of: then what is known
 *     of no row can be trusted. It is opaque, too
 */
record LoggedTransaction(Optional<Gtid> gtid, BinlogCoordinates end, List<KeyChange> changes, boolean opaque, boolean hiding) {
    LoggedTransaction {
        changes = List.copyOf(changes);
    }
}
