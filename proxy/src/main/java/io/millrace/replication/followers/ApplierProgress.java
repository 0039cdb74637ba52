package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.follower.Checkpoint;
import io.millrace.replication.workers.WorkerProgress;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** How far an applier is. Written by one thread at a time, read by any. */
public final class ApplierProgress implements WorkerProgress {
    private final Clock clock;
    private volatile @Nullable BinlogCoordinates applied;
    private volatile @Nullable BinlogCoordinates needed;
    private final LongAdder transactions = new LongAdder();
    private volatile long timestamp;
    private volatile long bytesBehind;

    public ApplierProgress(Clock clock) {
        this.clock = clock;
    }

    /** The log is another one now: until the applier has begun there, nobody knows what the follower needs of it. */
    public void forget() {
        applied = null;
        needed = null;
    }

    void startedAt(Checkpoint start, long behind) {
        applied = start.coordinates();
        needed = start.oldest();
        bytesBehind = behind;
    }

    @Override
    public void saved(BinlogCoordinates oldest) {
        needed = oldest;
    }

    @Override
    public void committed(BinlogCoordinates at, int count, long leaderTime, long behind) {
        applied = at;
        transactions.add(count);
        timestamp = leaderTime;
        bytesBehind = behind;
    }

    /** Somebody else applies, and says how far it is. */
    void behind(BinlogCoordinates at, long bytes, long seconds) {
        applied = at;
        bytesBehind = bytes;
        timestamp = clock.instant().getEpochSecond() - seconds;
    }

    /** Nothing is left to apply; what lies between the last transaction and the end needs no applying. */
    void caughtUp(BinlogCoordinates at) {
        applied = at;
        bytesBehind = 0;
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

    /** The part of the relay log that is not applied yet. */
    public long bytesBehind() {
        return bytesBehind;
    }

    /** How old the newest applied transaction is while there are others to apply; 0 when there are none. */
    public long secondsBehind() {
        return bytesBehind == 0 || timestamp == 0 ? 0 : Math.max(0, clock.instant().getEpochSecond() - timestamp);
    }
}
