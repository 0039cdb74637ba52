package io.millrace.serve;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import io.millrace.replication.pull.MariaDbGtids;
import io.millrace.serve.dump.SharedBatches;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** The GTIDs of a relay log: what is in it, and what was before it. Any thread. */
final class ServedLog {
    /** A file that is longer has its head, which tells the GTIDs before it, in bytes. */
    private static final int MOST_HEAD = 512;

    private final RelayLog log;
    private final SharedBatches batches;
    private final MariaDbGtids domains;
    private final ReentrantLock lock = new ReentrantLock();
    private GtidSet.Builder executed = new GtidSet.Builder();
    private Optional<BinlogCoordinates> countedTo = Optional.empty();

    ServedLog(RelayLog log) {
        this.log = log;
        this.batches = new SharedBatches(log);
        this.domains = new MariaDbGtids(log);
    }

    RelayLog log() {
        return log;
    }

    /** What its replicas are sent together. */
    SharedBatches batches() {
        return batches;
    }

    /** Every GTID that is in the log or before it; what came since the last call is read. */
    GtidSet executed() throws RelayLogException {
        lock.lock();
        try {
            return count();
        } finally {
            lock.unlock();
        }
    }

    /** The last GTID of each domain of MariaDB's, as {@code gtid_slave_pos} takes them; what came since the last call is read. */
    String mariaDbGtids() throws RelayLogException {
        lock.lock();
        try {
            Optional<BinlogCoordinates> end = log.end();
            return end.isEmpty() ? "" : domains.before(end.get());
        } finally {
            lock.unlock();
        }
    }

    private GtidSet count() throws RelayLogException {
        List<String> names = log.fileNames();
        if (names.isEmpty() || log.end().isEmpty()) {
            return GtidSet.empty();
        }
        if (countedTo.isEmpty() || !names.contains(countedTo.get().file())) {
            Optional<GtidSet> before = log.gtidsBefore(names.getLast());
            if (before.isEmpty() && log.size(names.getLast()) < MOST_HEAD) {
                return GtidSet.empty(); // The head of the file is still to come.
            }
            executed = new GtidSet.Builder(before.orElse(GtidSet.empty()));
            countedTo = Optional.of(BinlogCoordinates.headOf(names.getLast()));
        }
        try (RelayLogReader reader = log.read(countedTo.get())) {
            for (Optional<BinlogEvent> event = reader.poll(); event.isPresent(); event = reader.poll()) {
                Optional<Gtid> gtid = GtidEventReader.read(event.get());
                gtid.ifPresent(executed::add);
            }
            countedTo = Optional.of(reader.position());
        }
        return executed.build();
    }

    /** Every GTID that is in no file any more. */
    GtidSet purged() throws RelayLogException {
        List<String> names = log.fileNames();
        return names.isEmpty() ? GtidSet.empty() : log.gtidsBefore(names.getFirst()).orElse(GtidSet.empty());
    }
}
