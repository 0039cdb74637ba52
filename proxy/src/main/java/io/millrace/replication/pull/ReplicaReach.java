package io.millrace.replication.pull;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.follower.FollowerException;
import io.millrace.follower.Replica;
import io.millrace.follower.ReplicaStatus;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How much of the log a replica has. One thread; going forward, nothing is read twice. */
final class ReplicaReach {
    private final Replica replica;
    /** Everything before it in the log is known to be applied. */
    private @Nullable BinlogCoordinates knownTo;
    private @Nullable MariaDbGtids gtids;

    ReplicaReach(Replica replica) {
        this.replica = replica;
    }

    /** It may have been seeded again. */
    void forget() {
        knownTo = null;
    }

    /**
     * Whether it has everything up to the end of the log. Its position does not move over what it left out, nor over the head of a file: then
     * its GTIDs tell.
     */
    boolean hasAll(RelayLog log, ReplicaStatus status, BinlogCoordinates end) throws FollowerException, RelayLogException {
        if (!status.mariaDbGtids().isEmpty()) { // Its position moves even over what is not sent to it.
            Set<String> last = Set.of(mariaDbGtids(log).before(end).split(",", -1));
            return last.equals(Set.of("")) || Set.of(status.mariaDbGtids().split(",", -1)).containsAll(last);
        }
        BinlogCoordinates from = status.applied().filter(applied -> log.fileNames().contains(applied.file())).orElse(knownTo);
        if (knownTo != null && (from == null || knownTo.compareTo(from) > 0 && log.fileNames().contains(knownTo.file()))) {
            from = knownTo;
        }
        if (from == null) {
            from = BinlogCoordinates.headOf(log.fileNames().getFirst());
        }
        return from.compareTo(end) >= 0 || hasAllBetween(log, from, end);
    }

    private boolean hasAllBetween(RelayLog log, BinlogCoordinates from, BinlogCoordinates end) throws FollowerException, RelayLogException {
        GtidSet executed = replica.executed();
        try (RelayLogReader reader = log.read(from)) {
            Optional<BinlogEvent> event = reader.poll();
            while (event.isPresent()) {
                boolean lacks = EventType.isGtid(event.get().type()) && GtidEventReader.read(event.get()).filter(executed::contains).isEmpty();
                if (lacks) {
                    return false;
                }
                knownTo = reader.position();
                if (reader.position().compareTo(end) >= 0) {
                    return true;
                }
                event = reader.poll();
            }
            return true;
        }
    }

    /** The log in MariaDB's GTIDs. */
    MariaDbGtids mariaDbGtids(RelayLog log) {
        MariaDbGtids known = gtids;
        if (known == null || known.log() != log) {
            known = new MariaDbGtids(log);
            gtids = known;
        }
        return known;
    }
}
