package io.millrace.serve.dump;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.protocol.replication.DumpRequest;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.RotateEvent;
import org.jspecify.annotations.Nullable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Where a stream begins, and what it leaves out.
 *
 * @param knowsFirst whether the replica has the first transaction of the file with which it begins, and so has seen that file before
 */
record DumpStart(BinlogCoordinates from, SkipRule skip, boolean knowsFirst) {
    /** Format description, GTIDs before, the first transaction. */
    private static final int HEAD_EVENTS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** A replica hears nothing meanwhile, and is itself not patient for ever. */
    private static final Duration LONGEST_PATIENCE = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(250);

    /**
     * @param executed every GTID that is in the log or before it
     * @param behind whether the leader may have more than the log
     */
    static DumpStart find(RelayLog log, LeaderIdentity leader, DumpRequest request, ReplicaSettings replica, Supplier<GtidSet> executed,
            BooleanSupplier behind)
            throws DumpRefused, RelayLogException, InterruptedException {
        if (replica.mariaDbRange().isPresent()) {
            return byMariaDbGtid(log, replica.mariaDbRange().get(), behind);
        }
        if (request.gtids().isEmpty()) {
            return new DumpStart(byPosition(log, request, behind), SkipRule.none(), false);
        }
        if (!leader.gtids()) {
            throw DumpRefused
                    .fatal("The replication sender thread cannot start in AUTO_POSITION mode: this server has GTID_MODE = OFF instead of ON.");
        }
        GtidSet known = request.gtids().get();
        boolean byGtid = request.file().isEmpty();
        if (byGtid) {
            refuseAhead(leader, known, executed, behind); // Who names a file only leaves out these, whatever they are.
        }
        BinlogCoordinates from = byGtid ? byGtid(log, known) : byPosition(log, request, behind);
        return new DumpStart(from, SkipRule.of(known), firstIn(log, from.file()).filter(known::contains).isPresent());
    }

    /** The GTID of the first transaction of a file. */
    private static Optional<Gtid> firstIn(RelayLog log, String file) throws RelayLogException {
        try (RelayLogReader reader = log.read(BinlogCoordinates.headOf(file))) {
            for (int i = 0; i < HEAD_EVENTS; i++) {
                Optional<Gtid> gtid = reader.poll().flatMap(GtidEventReader::read);
                if (gtid.isPresent()) {
                    return gtid;
                }
            }
            return Optional.empty();
        }
    }

    private static BinlogCoordinates byPosition(RelayLog log, DumpRequest request, BooleanSupplier behind)
            throws DumpRefused, RelayLogException, InterruptedException {
        if (request.position() < BinlogCoordinates.HEAD) {
            throw DumpRefused.fatal("Client requested source to start replication from position < 4");
        }
        List<String> names = log.fileNames();
        BinlogCoordinates wanted = new BinlogCoordinates(request.file().isEmpty() && !names.isEmpty() ? names.getFirst() : nameOf(request),
                request.position());
        if (!log.hasEventAt(wanted)) {
            log.awaitEnd(wanted, PATIENCE); // The replica may have come from the leader itself, and so be ahead for a moment.
        }
        if (!log.fileNames().contains(wanted.file())) {
            boolean later = log.end().filter(end -> wanted.fileNumber() > end.fileNumber()).isPresent();
            if (wanted.equals(nextFile(log)) || later && behind.getAsBoolean()) {
                throw DumpRefused.forNow("The file " + wanted.file() + " has not come from the leader yet");
            }
            throw DumpRefused.fatal("Could not find first log file name in binary log index file");
        }
        if (wanted.position() > log.size(wanted.file())) {
            if (log.end().filter(end -> end.file().equals(wanted.file())).isPresent() && behind.getAsBoolean()) {
                throw DumpRefused.forNow("The file " + wanted.file() + " has not come from the leader as far as " + wanted.position() + " yet");
            }
            throw DumpRefused.fatal("Client requested source to start replication from position > file size");
        }
        if (!log.hasEventAt(wanted)) {
            throw DumpRefused.fatal("Client requested source to start replication from position " + wanted.position() + " in " + wanted.file()
                    + ", where no event begins: the position is wrong; the first event '" + wanted.file() + "' at " + wanted.position());
        }
        return wanted;
    }

    /** The head of the file that the log says is next, where it was broken off there; otherwise null. */
    private static @Nullable BinlogCoordinates nextFile(RelayLog log) throws RelayLogException {
        Optional<BinlogCoordinates> last = log.lastEvent();
        if (last.isEmpty() || !log.fileNames().contains(last.get().file())) {
            return null;
        }
        try (RelayLogReader reader = log.read(last.get())) {
            Optional<BinlogEvent> event = reader.poll();
            boolean broken = event.isPresent() && event.get().type() == EventType.ROTATE && log.end().filter(reader.position()::equals).isPresent();
            return broken ? RotateEvent.read(event.get().body()).next() : null;
        }
    }

    /** Names are not trusted: only one that the log has is ever looked for on the disk. */
    private static String nameOf(DumpRequest request) throws DumpRefused {
        if (request.file().isEmpty() || BinlogCoordinates.numberOf(request.file()) == 0 || request.file().matches(".*[/\\\\].*")) {
            throw DumpRefused.fatal("Could not find first log file name in binary log index file");
        }
        return request.file();
    }

    private static BinlogCoordinates byGtid(RelayLog log, GtidSet known) throws DumpRefused, RelayLogException {
        List<String> names = log.fileNames();
        for (int i = names.size() - 1; i >= 0; i--) {
            if (log.gtidsBefore(names.get(i)).filter(known::containsAll).isPresent()) {
                return BinlogCoordinates.headOf(names.get(i));
            }
        }
        GtidSet purged = names.isEmpty() ? GtidSet.empty() : log.gtidsBefore(names.getFirst()).orElse(GtidSet.empty());
        throw DumpRefused
                .fatal("Cannot replicate because the source purged required binary logs. Replicate the missing transactions from elsewhere, or"
                        + " provision a new replica from backup. Consider increasing the source's binary log expiration period. The GTID set sent by the"
                        + " replica is '" + known + "', and the missing transactions are '" + purged.minus(known) + "'");
    }

    /** A replica that came from the leader itself may be ahead of us for a moment; one that stays ahead has what the leader lost. */
    private static void refuseAhead(LeaderIdentity leader, GtidSet known, Supplier<GtidSet> executed, BooleanSupplier behind)
            throws DumpRefused, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        GtidSet extra = extra(leader, known, executed);
        while (!extra.isEmpty()) {
            if (System.nanoTime() > deadline && behind.getAsBoolean()) {
                throw DumpRefused.forNow("These have not come from the leader yet: " + extra);
            }
            if (System.nanoTime() > deadline) {
                throw DumpRefused
                        .fatal("Replica has more GTIDs than the source has, using the source's SERVER_UUID. This may indicate that the the last"
                                + " binary log file was truncated or lost, e.g. after a power failure when sync_binlog != 1. The extra transactions are '"
                                + extra
                                + "'");
            }
            Thread.sleep(PAUSE);
            extra = extra(leader, known, executed);
        }
    }

    private static GtidSet extra(LeaderIdentity leader, GtidSet known, Supplier<GtidSet> executed) {
        GtidSet missing = known.minus(executed.get());
        return missing.minus(missing.without(leader.uuid()));
    }

    /** As a leader does at once: who has what the log never had would be sent nothing for ever, and be told that it is up to date. */
    private static void refuseAhead(RelayLog log, MariaDbPosition position, BooleanSupplier behind)
            throws DumpRefused, RelayLogException, InterruptedException {
        MariaDbLogEnd logged = new MariaDbLogEnd(log);
        long began = System.nanoTime();
        long grew = began;
        Optional<BinlogCoordinates> end = log.end();
        Optional<MariaDbPosition.Entry> ahead = logged.ahead(position);
        while (ahead.isPresent()) {
            long now = System.nanoTime();
            grew = log.end().equals(end) ? grew : now; // It may be catching up with its leader, from which the replica came.
            end = log.end();
            if (now - grew > PATIENCE.toNanos() || now - began > LONGEST_PATIENCE.toNanos()) {
                throw behind.getAsBoolean()
                        ? DumpRefused.forNow("The GTID " + ahead.get() + " has not come from the leader yet")
                        : DumpRefused.fatal(MariaDbPosition.notInLog(ahead.get()));
            }
            Thread.sleep(PAUSE);
            ahead = logged.ahead(position);
        }
    }

    private static DumpStart byMariaDbGtid(RelayLog log, ReplicaSettings.MariaDbRange range, BooleanSupplier behind)
            throws DumpRefused, RelayLogException, InterruptedException {
        MariaDbPosition position;
        try {
            position = new MariaDbPosition(range);
        } catch (IllegalArgumentException e) {
            throw DumpRefused.fatal("Out of memory or malformed slave request when obtaining start position from GTID state");
        }
        refuseAhead(log, position, behind);
        List<String> names = log.fileNames();
        for (int i = names.size() - 1; i >= 0; i--) {
            Optional<List<MariaDbPosition.Entry>> before = log.mariaDbGtidsBefore(names.get(i)).map(MariaDbPosition::list);
            if (before.isPresent() && position.mayBeginAfter(before.get())) {
                position.beginAfter(before.get());
                return new DumpStart(BinlogCoordinates.headOf(names.get(i)), position, !range.position().isBlank());
            }
        }
        throw DumpRefused.fatal("Could not find GTID state requested by slave in any binlog files. Probably the slave state is too old and required"
                + " binlog files have been purged.");
    }
}
