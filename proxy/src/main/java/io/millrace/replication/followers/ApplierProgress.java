package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.follower.Checkpoint;
import io.millrace.replication.workers.WorkerProgress;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** How far an applier is. Written by one thread at a time, read by any. */
public final class ApplierProgress implements WorkerProgress {
    private volatile @Nullable BinlogCoordinates applied;
    private volatile @Nullable BinlogCoordinates needed;
    private final LongAdder transactions = new LongAdder();

    /** The log is another one now, or the follower is seeded: until the applier has begun there, nobody knows what the follower needs of it. */
    public void forget() {
        applied = null;
        needed = null;
    }

    void startedAt(Checkpoint start) {
        applied = start.coordinates();
        needed = start.oldest();
    }

    @Override
    public void saved(BinlogCoordinates oldest) {
        needed = oldest;
    }

    @Override
    public void committed(BinlogCoordinates at, int count) {
        applied = at;
        transactions.add(count);
    }

    /** Applied up to here, be it by somebody else; what lies between the last transaction and the end of the log needs no applying. */
    public void reached(BinlogCoordinates at) {
        applied = at;
    }

    /** The first place of the log that the follower may still ask for: it saves its own place only now and then. */
    public Optional<BinlogCoordinates> needed() {
        return Optional.ofNullable(needed);
    }

    /** The end of what is durably applied. */
    public Optional<BinlogCoordinates> applied() {
        return Optional.ofNullable(applied);
    }

    /** How many of the leader's transactions were applied since the start of the process. */
    public long transactions() {
        return transactions.sum();
    }
}
