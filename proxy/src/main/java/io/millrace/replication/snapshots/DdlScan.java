package io.millrace.replication.snapshots;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.row.CompressedEvents;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import io.millrace.snapshot.SnapshotException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Looks in the log for DDL that ran while tables were copied: error 1412 does not tell all of it. */
final class DdlScan {
    private static final List<String> HARMLESS = List.of("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "XA ", "FLUSH", "ANALYZE", "INSERT", "UPDATE",
            "DELETE", "REPLACE", "GRANT", "REVOKE", "CREATE USER", "DROP USER", "ALTER USER", "SET PASSWORD");

    private DdlScan() {
    }

    /** @throws SnapshotException.Busy if DDL ran since {@code from} and nothing kept it away */
    static void requireNone(RelayLog log, BinlogCoordinates from, boolean ddlLocked) throws SnapshotException, RelayLogException {
        if (ddlLocked) {
            return;
        }
        try (RelayLogReader reader = log.read(from)) {
            for (Optional<BinlogEvent> event = reader.poll(); event.isPresent(); event = reader.poll()) {
                if (event.get().type() == EventType.QUERY || event.get().type() == EventType.MARIADB_QUERY_COMPRESSED) {
                    refuseDdl(QueryEvent.read(CompressedEvents.plain(event.get()).body()).latin1(), reader.position());
                }
            }
        }
    }

    private static void refuseDdl(String statement, BinlogCoordinates end) throws SnapshotException {
        String upper = statement.strip().toUpperCase(Locale.ROOT);
        if (HARMLESS.stream().noneMatch(upper::startsWith)) {
            throw new SnapshotException.Busy("DDL ran on the leader while its tables were copied (up to " + end
                    + "), so the copy is not used; grant BACKUP_ADMIN to keep DDL away, or take the snapshot again", null);
        }
    }
}
