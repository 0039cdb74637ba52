package io.millrace.replication.workers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.binlog.writeset.WriteSet;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Applies what a follower is behind with, several groups of transactions at a time, until there is little left of it or something
 * comes that must be applied alone. One thread calls.
 */
public final class BacklogApplier implements AutoCloseable {
    /** Below that, workers would wait for each other more than they work. */
    private static final long LITTLE = 64 * 1024;
    private static final long SMALLEST_GROUP_BYTES = 64 * 1024;
    /** Less than that one session applies as fast. */
    private static final long BACKLOG = 256 * 1024;
    private static final long LONGEST_PAUSE = 8 << 20;
    /** As many keys of a group are kept in memory, and those of all groups under way. */
    private static final int MOST_KEYS = 20_000;
    private static final long IDLE_NANOS = Duration.ofMinutes(1).toNanos();
    /** As many transactions are worth a group, even if the next one meets another group. */
    private static final int WORTH_A_COMMIT = 16;

    private final FollowerSession driver;
    private final Settings settings;
    private final WorkerProgress progress;
    private ApplyWorkers workers;
    private Conflicts conflicts = new Conflicts();
    private Optional<FormatDescription> format = Optional.empty();
    private @Nullable BinlogEvent lastFormat;
    private GtidSet.Builder before = new GtidSet.Builder();
    private Group group = new Group(1, BinlogCoordinates.headOf("none.000001"));
    private int wanted;
    /** What begins up to here is applied by one session. */
    private BinlogCoordinates aloneTo;
    private long pause;
    private long usedAt = System.nanoTime();

    /**
     * What a follower allows.
     *
     * @param workers how many sessions
     * @param relaxed whether groups may commit in another order than the leader's
     * @param groupTransactions of the leader in one of the follower, at the most
     * @param groupBytes the same in bytes of the log
     */
    public record Settings(int workers, boolean relaxed, int groupTransactions, long groupBytes) {
        private int fewest() {
            return Math.max(1, groupTransactions / workers);
        }

        private long bytes() {
            return Math.clamp(groupBytes / workers, SMALLEST_GROUP_BYTES, Math.max(groupBytes, SMALLEST_GROUP_BYTES));
        }
    }

    /** Opens no session before it is needed. */
    public BacklogApplier(FollowerSession driver, Settings settings, WorkerProgress progress) {
        this.driver = driver;
        this.settings = settings;
        this.progress = progress;
        this.workers = new ApplyWorkers(driver, settings, progress);
        this.wanted = settings.fewest();
        this.aloneTo = BinlogCoordinates.headOf(driver.start().coordinates().file());
    }

    /** There is nothing to do: the sessions are ended when that was so for a while. */
    public void rest() {
        if (format.isPresent() && System.nanoTime() - usedAt > IDLE_NANOS) {
            workers.close();
            workers = new ApplyWorkers(driver, settings, progress);
            conflicts = new Conflicts();
            group = new Group(1, group.end());
            format = Optional.empty();
        }
    }

    /** Whether there is enough to do for several sessions where a reader stands, and the next transaction need not go alone. */
    public boolean isWorthwhile(RelayLogReader reader) {
        return settings.workers() > 1 && reader.position().compareTo(aloneTo) > 0 && reader.bytesBehind() > BACKLOG;
    }

    /**
     * Applies from a checkpoint on. Afterwards the reader stands where everything before is applied.
     *
     * @param reader at the checkpoint's coordinates, between two transactions
     * @return what is applied then, committed on the follower
     */
    public Checkpoint run(RelayLogReader reader, Checkpoint from) throws FollowerException, RelayLogException, InterruptedException {
        if (!begin(reader, from)) {
            return from;
        }
        TransactionReader transactions = new TransactionReader(reader, driver, settings.bytes());
        boolean more = true;
        while (more && isOfFormat(reader)) {
            more = switch (transactions.next()) {
                case TransactionReader.Next.Whole whole -> add(whole.transaction(), transactions.writeSet(), reader);
                case TransactionReader.Next.Between between -> skipTo(reader.position());
                case TransactionReader.Next.Alone alone -> false;
                case TransactionReader.Next.Nothing nothing -> false;
            };
        }
        handOver();
        Checkpoint reached = workers.drain();
        reader.seek(reached.coordinates());
        pauseAfter(from.coordinates(), reached.coordinates());
        usedAt = System.nanoTime();
        return reached;
    }

    /**
     * Where something must be applied alone again and again, beginning and ending costs more than several sessions gain: then it is left to
     * one for a while, longer each time.
     */
    private void pauseAfter(BinlogCoordinates from, BinlogCoordinates to) {
        boolean far = !to.file().equals(from.file()) || to.position() - from.position() > BACKLOG;
        pause = far ? 0 : Math.clamp(2 * pause, BACKLOG, LONGEST_PAUSE);
        aloneTo = to.at(to.position() + pause);
    }

    private boolean begin(RelayLogReader reader, Checkpoint from) throws FollowerException {
        Optional<BinlogEvent> now = reader.format();
        if (now.isEmpty()) {
            return false;
        }
        FormatDescription next = FormatDescription.read(now.get().bytes());
        workers.begin(from, now.get(), !format.equals(Optional.of(next)));
        format = Optional.of(next);
        lastFormat = now.get();
        before = new GtidSet.Builder(from.gtids());
        group = new Group(group.number(), from.coordinates());
        return true;
    }

    private boolean isOfFormat(RelayLogReader reader) {
        BinlogEvent now = reader.format().orElse(null);
        if (now != lastFormat) {
            lastFormat = now;
            return now != null && FormatDescription.read(now.bytes()).equals(format.orElse(null));
        }
        return true;
    }

    private boolean skipTo(BinlogCoordinates position) {
        group.skipTo(position);
        return true;
    }

    /** Tells whether there is enough left to go on. */
    private boolean add(Group.Transaction transaction, WriteSet writeSet, RelayLogReader reader) throws FollowerException, InterruptedException {
        if (transaction.gtid().isPresent() && before.contains(transaction.gtid().get())) {
            return skipTo(reader.position());
        }
        long committed = workers.committed();
        boolean large = group.bytes() + transaction.bytes() > settings.bytes() || group.keys() + writeSet.size() > MOST_KEYS;
        boolean enough = group.transactions() >= wanted
                || group.transactions() >= WORTH_A_COMMIT && !group.waits() && conflicts.meets(writeSet, group.number(), committed);
        boolean goOn = true;
        if (!group.isEmpty() && (large || enough)) {
            handOver();
            goOn = reader.bytesBehind() > LITTLE;
        }
        conflicts.add(writeSet, group, committed);
        group.add(transaction, writeSet.size(), reader.position());
        return goOn;
    }

    /** Where groups wait for each other all the time they had better be large, and few; otherwise small, and many. */
    private void handOver() throws FollowerException, InterruptedException {
        if (group.isEmpty()) {
            return;
        }
        wanted = Math.clamp(group.waits() ? wanted * 2L : wanted / 2, settings.fewest(), settings.groupTransactions());
        workers.submit(group);
        group = new Group(group.number() + 1, group.end());
    }

    @Override
    public void close() {
        workers.close();
    }
}
