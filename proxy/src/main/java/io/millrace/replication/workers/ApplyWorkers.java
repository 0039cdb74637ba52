package io.millrace.replication.workers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.follower.WorkerSession;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies groups on several sessions of a follower. A group begins when those that it waits for are committed; with the leader's order
 * kept, it commits when all before it have. One thread submits; the workers are threads of its own.
 */
final class ApplyWorkers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ApplyWorkers.class);
    private static final int QUEUED = 2;
    /** How many groups a session may be ahead of one that is stuck. */
    private static final int MOST_AHEAD = 16;
    private static final int MOST_CONFLICTS = 20;
    private static final long NO_TROUBLE = Long.MAX_VALUE;

    private final FollowerSession driver;
    private final BacklogApplier.Settings settings;
    private final WorkerProgress progress;
    private final List<WorkerSession> sessions = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Group> queue = new ArrayDeque<>();
    /** Submitted and not committed; a committed one stays as long as one before it is not. */
    private final TreeMap<Long, State> underWay = new TreeMap<>();
    private GtidSet.Builder applied = new GtidSet.Builder();
    private Checkpoint start;
    private BinlogCoordinates end;
    private BinlogCoordinates saved;
    private volatile long committed;
    /** The first group that could not be applied beside others: those behind it give up their locks. */
    private long troubled = NO_TROUBLE;
    private @Nullable Exception failure;
    private boolean closed;

    private record State(Group group, boolean isCommitted) {}

    ApplyWorkers(FollowerSession driver, BacklogApplier.Settings settings, WorkerProgress progress) {
        this.start = driver.start();
        this.end = start.coordinates();
        this.saved = end;
        this.driver = driver;
        this.settings = settings;
        this.progress = progress;
    }

    /** Begins at a checkpoint. Nothing may be under way. */
    void begin(Checkpoint from, BinlogEvent format, boolean newFormat) throws FollowerException {
        lock.lock();
        try {
            if (!underWay.isEmpty() || failure != null) {
                throw new IllegalStateException("groups of before are not committed: " + underWay.keySet());
            }
            start = from;
            end = from.coordinates();
            saved = end;
            applied = new GtidSet.Builder(from.gtids());
            for (WorkerSession session : newFormat ? sessions : List.<WorkerSession>of()) {
                session.format(format);
            }
            while (sessions.size() < settings.workers()) {
                WorkerSession session;
                try {
                    session = driver.worker(sessions.size());
                } catch (FollowerException.Unreachable e) {
                    if (sessions.isEmpty()) {
                        throw e;
                    }
                    LOG.atDebug().addKeyValue("workers", sessions.size()).addKeyValue("cause", e.getMessage()).log("no more sessions for workers");
                    break; // The follower gives no more connections; it goes on with these.
                }
                sessions.add(session);
                session.format(format);
                threads.add(Thread.ofVirtual().name("apply-" + threads.size()).start(() -> work(session)));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Every group up to this number is committed. */
    long committed() {
        return committed;
    }

    /** Hands a group over; waits while enough others are waiting. */
    void submit(Group group) throws FollowerException, InterruptedException {
        lock.lock();
        try {
            while ((queue.size() >= QUEUED || underWay.size() > MOST_AHEAD * settings.workers()) && failure == null) {
                changed.await();
            }
            throwFailure();
            queue.add(group);
            underWay.put(group.number(), new State(group, false));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until everything is committed; where that is. */
    Checkpoint drain() throws FollowerException, InterruptedException {
        lock.lock();
        try {
            while (!underWay.isEmpty() && failure == null) {
                changed.await();
            }
            throwFailure();
            return place();
        } finally {
            lock.unlock();
        }
    }

    private Checkpoint place() {
        return new Checkpoint(start.leader(), end, applied.build(), start.preparedXa());
    }

    private void throwFailure() throws FollowerException, InterruptedException {
        switch (failure) {
            case null -> {
            }
            case FollowerException e -> throw e;
            case InterruptedException e -> throw e;
            default -> throw new IllegalStateException("a worker failed", failure);
        }
    }

    private void work(WorkerSession session) {
        try {
            while (true) {
                Group group = take();
                try {
                    apply(session, group);
                } catch (FollowerException.Rejected e) {
                    throw new FollowerException.Rejected(e.getMessage() + " (before " + group.end() + " of the leader's log)", e, e.isRepeatable());
                }
            }
        } catch (FollowerException | InterruptedException | RuntimeException e) {
            fail(e);
        }
    }

    private void fail(Exception e) {
        lock.lock();
        try {
            if (failure == null && !closed) {
                failure = e;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private Group take() throws InterruptedException {
        lock.lock();
        try {
            while (queue.isEmpty() || failure != null) {
                changed.await();
            }
            Group group = queue.remove();
            changed.signalAll();
            return group;
        } finally {
            lock.unlock();
        }
    }

    private void apply(WorkerSession session, Group group) throws FollowerException, InterruptedException {
        awaitOthers(group);
        for (int conflicts = 0; true; conflicts++) {
            try {
                session.begin();
                for (BinlogEvent event : group.events()) {
                    session.apply(event);
                }
                session.flush();
                if (awaitTurn(group)) {
                    Checkpoint checkpoint = checkpointOf(group);
                    session.commit(checkpoint);
                    committed(group, checkpoint);
                    return;
                }
            } catch (FollowerException.Conflict e) {
                if (conflicts >= MOST_CONFLICTS) {
                    throw e;
                }
            }
            session.rollback();
            awaitAllBefore(group);
        }
    }

    private void awaitOthers(Group group) throws InterruptedException {
        lock.lock();
        try {
            while (committed < group.waitsForAllTo() || group.waitsFor().stream().anyMatch(this::isUnderWay)) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isUnderWay(long number) {
        State state = underWay.get(number);
        return state != null && !state.isCommitted();
    }

    /**
     * Waits until a group may commit.
     *
     * @return false if it must give up its locks first, since a group before it may wait for one of them
     */
    private boolean awaitTurn(Group group) throws InterruptedException {
        if (settings.relaxed() && group.hasGtids()) {
            return true;
        }
        lock.lock();
        try {
            while (committed < group.number() - 1) {
                if (troubled < group.number()) {
                    return false;
                }
                changed.await();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * A group that did not get along with others is applied again when all before it are committed. Those after it, whom it may have waited
     * for, give up their locks, also where it is the next: they would wait for it.
     */
    private void awaitAllBefore(Group group) throws InterruptedException {
        lock.lock();
        try {
            giveWayTo(group);
            while (committed < group.number() - 1) {
                changed.await();
                giveWayTo(group); // Another such group may have been committed, and its trouble with it.
            }
        } finally {
            lock.unlock();
        }
    }

    private void giveWayTo(Group group) {
        if (troubled > group.number()) {
            troubled = group.number();
            changed.signalAll();
        }
    }

    /** Coordinates never pass what is committed; the GTIDs tell what is committed behind them. */
    private Checkpoint checkpointOf(Group group) {
        lock.lock();
        try {
            GtidSet.Builder gtids = new GtidSet.Builder(applied.build());
            group.gtids().forEach(gtids::add);
            BinlogCoordinates to = committed == group.number() - 1 ? group.end() : end;
            return new Checkpoint(start.leader(), to, gtids.build(), start.preparedXa());
        } finally {
            lock.unlock();
        }
    }

    private void committed(Group group, Checkpoint written) {
        lock.lock();
        try {
            if (written.coordinates().compareTo(saved) > 0) {
                saved = written.coordinates();
                progress.saved(written.oldest());
            }
            underWay.put(group.number(), new State(group, true));
            group.gtids().forEach(applied::add);
            group.forgetEvents(); // It may have to stay behind one that is stuck.
            for (Map.Entry<Long, State> first = underWay.firstEntry(); first != null && first.getValue().isCommitted(); first = underWay
                    .firstEntry()) {
                advance(first.getValue().group());
                underWay.remove(first.getKey());
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void advance(Group group) {
        committed = group.number();
        troubled = troubled == committed ? NO_TROUBLE : troubled;
        end = group.end();
        progress.committed(end, group.transactions());
    }

    /** Ends the workers' sessions and threads; what is not committed is rolled back by the follower. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        threads.forEach(Thread::interrupt);
        sessions.forEach(WorkerSession::close);
        boolean interrupted = false;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
