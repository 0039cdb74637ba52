package io.millrace.replication.workers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.event.BinlogEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Consecutive transactions of the leader that become one of the follower. Built by one thread, then read by another. */
final class Group {
    private final long number;
    private final List<BinlogEvent> events = new ArrayList<>();
    private final List<Gtid> gtids = new ArrayList<>();
    private final Set<Long> waits = new TreeSet<>();
    private long waitsForAllTo;
    private long bytes;
    private int keys;
    private int transactions;
    private BinlogCoordinates end;

    /**
     * An empty one.
     *
     * @param number one more than that of the group before
     */
    Group(long number, BinlogCoordinates start) {
        this.number = number;
        this.end = start;
    }

    void add(Transaction transaction, int transactionKeys, BinlogCoordinates transactionEnd) {
        keys += transactionKeys;
        events.addAll(transaction.events());
        transaction.gtid().ifPresent(gtids::add);
        bytes += transaction.bytes();
        transactions++;
        end = transactionEnd;
    }

    /** What lies up to here needs no applying. */
    void skipTo(BinlogCoordinates position) {
        end = position;
    }

    void waitFor(long group) {
        waits.add(group);
    }

    void waitForAllTo(long group) {
        waitsForAllTo = Math.max(waitsForAllTo, group);
    }

    boolean waits() {
        return !waits.isEmpty() || waitsForAllTo > 0;
    }

    /** The groups that must be committed before. */
    Set<Long> waitsFor() {
        return waits;
    }

    /** Every group up to this one must be committed before; 0 for none. */
    long waitsForAllTo() {
        return waitsForAllTo;
    }

    boolean isEmpty() {
        return transactions == 0;
    }

    long number() {
        return number;
    }

    List<BinlogEvent> events() {
        return events;
    }

    /** They are committed. */
    void forgetEvents() {
        events.clear();
        gtids.clear();
    }

    List<Gtid> gtids() {
        return gtids;
    }

    /** Whether each of its transactions is known to the follower by a GTID. */
    boolean hasGtids() {
        return gtids.size() == transactions;
    }

    long bytes() {
        return bytes;
    }

    /** How many keys its transactions touch, some of them more than once. */
    int keys() {
        return keys;
    }

    int transactions() {
        return transactions;
    }

    BinlogCoordinates end() {
        return end;
    }

    /** A transaction of the leader, as far as a group needs it. */
    record Transaction(Optional<Gtid> gtid, List<BinlogEvent> events, long bytes) {}
}
