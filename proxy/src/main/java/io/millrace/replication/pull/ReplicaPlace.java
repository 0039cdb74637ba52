package io.millrace.replication.pull;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.follower.ReplicaStatus;
import io.millrace.relay.LoggedGtids;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Where a replica is that we have refused, as far as the log tells. */
enum ReplicaPlace {
    /** The log no longer has what it needs, or never had: no waiting mends that. */
    NOT_IN_LOG,
    /** The log has what it needs. */
    IN_LOG,
    /** The log has yet to come to where it is. */
    AHEAD_OF_LOG;

    /**
     * Of a replica of MariaDB.
     *
     * @param applied the last GTID of each domain that it has
     * @param before the same of what is before the log
     * @param end the same of the end of the log
     */
    static ReplicaPlace byMariaDbGtids(String applied, String before, String end) {
        if (!MariaDbGtids.reaches(applied, before)) {
            return NOT_IN_LOG;
        }
        return MariaDbGtids.reaches(end, applied) ? IN_LOG : AHEAD_OF_LOG;
    }

    /** @param all every GTID that it has */
    static ReplicaPlace byGtids(RelayLog log, GtidSet all, String first, BinlogCoordinates end) throws RelayLogException {
        Optional<GtidSet> before = log.gtidsBefore(first);
        if (before.isPresent() && !all.containsAll(before.get())) {
            return NOT_IN_LOG;
        }
        GtidSet leaders = all.of(Set.of(UUID.fromString(log.leader())));
        return before.isEmpty() || !leaders.minus(LoggedGtids.before(log, end)).isEmpty() ? AHEAD_OF_LOG : IN_LOG;
    }

    /** By file and position, which mean nothing in another leader's log. */
    static ReplicaPlace byPosition(RelayLog log, ReplicaStatus status, String first, BinlogCoordinates end) throws RelayLogException {
        Optional<BinlogCoordinates> received = status.received();
        if (!status.leader().equals(log.leader()) || received.isEmpty() || received.get().compareTo(BinlogCoordinates.headOf(first)) < 0) {
            return NOT_IN_LOG;
        }
        if (received.get().compareTo(end) > 0) {
            return AHEAD_OF_LOG;
        }
        return log.hasEventAt(received.get()) ? IN_LOG : NOT_IN_LOG;
    }
}
