package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.xa.XaEnd;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is applied and what is about to be: the checkpoint, and the leader's transactions in the follower's open one. One thread. */
final class ApplyGroup {
    private final String leader;
    private final GtidSet.Builder applied;
    private Map<String, BinlogCoordinates> preparedXa;
    private Map<String, BinlogCoordinates> preparedXaAtCheckpoint;
    private final List<Gtid> gtids = new ArrayList<>();
    private BinlogCoordinates checkpoint;
    private BinlogCoordinates end;
    private int transactions;

    ApplyGroup(Checkpoint start) {
        leader = start.leader();
        applied = new GtidSet.Builder(start.gtids());
        preparedXaAtCheckpoint = start.preparedXa();
        preparedXa = new HashMap<>(preparedXaAtCheckpoint);
        checkpoint = start.coordinates();
        end = checkpoint;
    }

    boolean isApplied(Gtid gtid) {
        return applied.contains(gtid);
    }

    boolean isEmpty() {
        return transactions == 0;
    }

    int transactions() {
        return transactions;
    }

    /** Where the group began. */
    BinlogCoordinates checkpoint() {
        return checkpoint;
    }

    /** The first place of the log that is still needed after {@link #checkpoint}: rows of a prepared XA transaction may lie before it. */
    BinlogCoordinates oldest() {
        return preparedXaAtCheckpoint.values().stream().filter(start -> start.compareTo(checkpoint) < 0).min(BinlogCoordinates::compareTo)
                .orElse(checkpoint);
    }

    /** Where the last whole transaction ended. */
    BinlogCoordinates end() {
        return end;
    }

    Map<String, BinlogCoordinates> preparedXa() {
        return preparedXa;
    }

    /** The follower knows the GTID of the commit, but the checkpoint may be older and still wait for it. */
    void forgetEndedXa(BinlogEvent event) {
        if (event.type() == EventType.QUERY) {
            XaEnd.read(QueryEvent.read(event.body()).latin1()).ifPresent(ended -> preparedXa.remove(ended.xid()));
        }
    }

    /** Whether it has as many bytes of the log, or goes on in another file. */
    boolean isLongerThan(long bytes) {
        return !end.file().equals(checkpoint.file()) || end.position() - checkpoint.position() >= bytes;
    }

    /** A transaction of the leader is whole. */
    void add(Optional<Gtid> gtid, BinlogCoordinates endOfTransaction) {
        gtid.ifPresent(gtids::add);
        end = endOfTransaction;
        transactions++;
    }

    /** Nothing to apply up to here. */
    void skipTo(BinlogCoordinates position) {
        end = position;
        if (transactions == 0) {
            preparedXaAtCheckpoint = Map.copyOf(preparedXa);
            checkpoint = position;
        }
    }

    /** What the checkpoint will be once the group is committed. */
    Checkpoint reached() {
        GtidSet.Builder all = gtids.isEmpty() ? applied : new GtidSet.Builder(applied.build());
        gtids.forEach(all::add);
        return new Checkpoint(leader, end, all.build(), preparedXa);
    }

    /** Tells how many transactions that were. */
    int committed() {
        int committed = transactions;
        gtids.forEach(applied::add);
        gtids.clear();
        checkpoint = end;
        preparedXaAtCheckpoint = Map.copyOf(preparedXa);
        transactions = 0;
        return committed;
    }

    /** Others have applied up to here, and saved it. */
    void reach(Checkpoint reached) {
        applied.addAll(reached.gtids());
        skipTo(reached.coordinates());
    }

    /** Back to the checkpoint. */
    void rolledBack() {
        gtids.clear();
        end = checkpoint;
        preparedXa = new HashMap<>(preparedXaAtCheckpoint);
        transactions = 0;
    }

    /**
     * Where a transaction begins that was prepared and commits now.
     *
     * @param end of its commit
     */
    BinlogCoordinates prepared(String xid, BinlogCoordinates end) throws FollowerException {
        BinlogCoordinates prepared = preparedXa.get(xid);
        if (prepared == null) {
            throw Refused.unknownXa(xid, end);
        }
        return prepared;
    }
}
