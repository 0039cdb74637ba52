package io.millrace.replication.workers;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.writeset.TableKeys;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.follower.WorkerSession;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;

/**
 * A follower of a dozen rows, with a lock on each row that a transaction changes until its end. At each commit it checks what would be
 * if it were the last before a crash.
 */
final class InMemoryFollower implements FollowerSession {
    private static final Checkpoint START = new Checkpoint("leader", BinlogCoordinates.headOf("binlog.000001"), GtidSet.empty(), Map.of());

    private final double conflictRate;
    private final Random random = new Random(5);
    private final Map<Long, List<Long>> rows = new TreeMap<>();
    private final Map<Long, WorkerSession> lockHolders = new HashMap<>();
    private final Map<WorkerSession, Checkpoint> checkpoints = new HashMap<>();
    private final List<Long> committed = new ArrayList<>();
    private final CountDownLatch never = new CountDownLatch(1);
    private final CountDownLatch standing = new CountDownLatch(1);
    private long refused = -1;
    private long blocked = -1;
    private int sessions;

    /** @param conflictRate how often a change ends in a deadlock with somebody */
    InMemoryFollower(double conflictRate) {
        this.conflictRate = conflictRate;
    }

    void refuse(long group) {
        refused = group;
    }

    void block(long group) {
        blocked = group;
    }

    /** Until a session stands at the group that is blocked. */
    void awaitBlocked() throws InterruptedException {
        standing.await();
    }

    synchronized List<Long> committed() {
        return List.copyOf(committed);
    }

    synchronized int openSessions() {
        return sessions;
    }

    /** Each row has been changed by groups in the order of their numbers. */
    synchronized void requireSameAsOneAfterTheOther(int groups) {
        rows.forEach((row, changes) -> assertThat(changes).as("row %d", row).isSorted());
        assertThat(rows.values().stream().mapToInt(List::size).sum()).isEqualTo(2 * groups);
    }

    @Override
    public Checkpoint start() {
        return START;
    }

    @Override
    public synchronized WorkerSession worker(int number) {
        sessions++;
        return new InMemoryWorker();
    }

    private synchronized boolean lock(WorkerSession session, long row) {
        boolean free = lockHolders.getOrDefault(row, session).equals(session) && random.nextDouble() >= conflictRate;
        if (free) {
            lockHolders.put(row, session);
        }
        return free;
    }

    private synchronized void end(WorkerSession session) {
        lockHolders.values().removeIf(session::equals);
    }

    private synchronized void commit(WorkerSession session, Map<Long, List<Long>> changes, Checkpoint reached) {
        changes.forEach((row, groups) -> rows.computeIfAbsent(row, absent -> new ArrayList<>()).addAll(groups));
        committed.add(changes.values().iterator().next().getFirst());
        checkpoints.put(session, reached);
        end(session);
        requireThatACrashLosesAndRepeatsNothing();
    }

    private void requireThatACrashLosesAndRepeatsNothing() {
        BinlogCoordinates from = checkpoints.values().stream().map(Checkpoint::coordinates).max(BinlogCoordinates::compareTo).orElseThrow();
        GtidSet known = checkpoints.values().stream().map(Checkpoint::gtids).reduce(GtidSet.empty(), GtidSet::union);
        if (known.isEmpty()) { // Without GTIDs the coordinates say it all.
            assertThat(committed).hasSize((int) ((from.position() - 4) / 100));
            return;
        }
        GtidSet applied = ApplyWorkersTest.gtids(from).union(known);
        GtidSet.Builder wanted = new GtidSet.Builder();
        committed.forEach(group -> wanted.add(new Gtid(ApplyWorkersTest.LEADER, group)));
        assertThat(applied).isEqualTo(wanted.build());
    }

    /** One thread, as every session. */
    private final class InMemoryWorker implements WorkerSession {
        private final Map<Long, List<Long>> changes = new TreeMap<>();

        @Override
        public void format(BinlogEvent formatDescription) {
        }

        @Override
        public void begin() {
            changes.clear();
        }

        @Override
        public void apply(BinlogEvent event) throws FollowerException {
            long row = event.body().getLong(0);
            long group = event.body().getLong(8);
            if (group == refused) {
                throw new FollowerException.Rejected("group " + group + " does not fit", null);
            }
            if (group == blocked) {
                awaitTheEnd();
            }
            if (!lock(this, row)) {
                throw new FollowerException.Conflict("row " + row + " is locked", null);
            }
            changes.computeIfAbsent(row, absent -> new ArrayList<>()).add(group);
        }

        private void awaitTheEnd() throws FollowerException {
            standing.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new FollowerException.Unreachable("interrupted", e);
            }
        }

        @Override
        public void flush() {
        }

        @Override
        public void commit(Checkpoint reached) {
            InMemoryFollower.this.commit(this, changes, reached);
        }

        @Override
        public void rollback() {
            end(this);
        }

        @Override
        public void close() {
            end(this);
            synchronized (InMemoryFollower.this) {
                sessions--;
            }
        }
    }

    @Override
    public void format(BinlogEvent formatDescription) {
    }

    @Override
    public void newFile() {
    }

    @Override
    public boolean keepsGtid(Gtid gtid) {
        return false;
    }

    @Override
    public boolean rollsBack(BinlogEvent tableMap) {
        return true;
    }

    @Override
    public TableKeys keys(TableMap table) {
        return TableKeys.none();
    }

    @Override
    public void begin(Optional<Gtid> gtid, boolean whole) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean sendsWhole() {
        return true;
    }

    @Override
    public void apply(BinlogEvent event) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void load(BinlogEvent executeLoad, InputStream file) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void commit(Checkpoint reached) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void rollBackAsLogged(Checkpoint reached) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void statement(BinlogEvent query, Optional<Gtid> gtid, Checkpoint reached) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void prelude(BinlogEvent query, String sql, BinlogCoordinates at) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void save(Checkpoint reached) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void rollback() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
    }
}
