package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.compressed.CompressedEvents;
import io.millrace.binlog.compressed.TransactionPayloadReader;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.io.IOException;
import java.util.Optional;

/** The rows of a transaction that was prepared earlier in the log, applied when it commits. One thread. */
final class PreparedRows {
    private final RelayLog log;
    private final FollowerSession session;

    PreparedRows(RelayLog log, FollowerSession session) {
        this.log = log;
        this.session = session;
    }

    /**
     * Applies everything up to the prepare.
     *
     * @param start of the transaction
     * @throws FollowerException.Rejected also if it is compressed and cannot be unpacked
     */
    void apply(BinlogCoordinates start) throws FollowerException, RelayLogException {
        try (RelayLogReader rows = log.read(start)) {
            boolean more = true;
            for (Optional<BinlogEvent> event = rows.poll(); more && event.isPresent(); event = rows.poll()) {
                more = event.get().type() == EventType.TRANSACTION_PAYLOAD ? applyPayload(event.get()) : applyRows(event.get());
            }
        } catch (IOException e) {
            throw Refused.damaged(start, e);
        }
    }

    /** A compressed transaction is one event, with its prepare inside. */
    private boolean applyPayload(BinlogEvent event) throws FollowerException, IOException {
        try (TransactionPayloadReader payload = new TransactionPayloadReader(event)) {
            for (Optional<BinlogEvent> inner = payload.next(); inner.isPresent(); inner = payload.next()) {
                applyRows(inner.get());
            }
            return false;
        }
    }

    /** MariaDB logs a rollback to one where it had changed a table without transactions. */
    static boolean isOfSavepoint(String sql) {
        return sql.startsWith("SAVEPOINT") || sql.startsWith("ROLLBACK TO");
    }

    /** Tells whether more may come. */
    private boolean applyRows(BinlogEvent event) throws FollowerException {
        if (event.type() == EventType.TABLE_MAP || EventType.isRows(event.type())) {
            session.apply(CompressedEvents.plain(event));
        } else if (event.type() == EventType.QUERY && isOfSavepoint(QueryEvent.read(event.body()).latin1())) {
            session.apply(event);
        }
        return event.type() != EventType.XA_PREPARE;
    }
}
