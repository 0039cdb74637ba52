package io.millrace.replication.workers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.GtidSource;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.writeset.WriteSet;
import io.millrace.follower.FollowerException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApplyWorkersTest {
    static final GtidSource LEADER = new GtidSource(UUID.fromString("11111111-1111-1111-1111-111111111111"), "");
    private static final String FILE = "binlog.000001";
    private static final int GROUPS = 300;
    private static final BinlogEvent FORMAT = event(EventType.FORMAT_DESCRIPTION, 0);

    private final List<BinlogCoordinates> told = new ArrayList<>();
    private final Conflicts conflicts = new Conflicts();
    private final Random random = new Random(3);
    private long made;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void appliesWhatMeetsInTheLeadersOrderAndCanGoOnAfterACrashAtEachCommit(boolean relaxed) throws Exception {
        InMemoryFollower follower = new InMemoryFollower(0.05);
        try (ApplyWorkers workers = workers(follower, relaxed)) {
            workers.begin(follower.start(), FORMAT, true);
            for (int i = 0; i < GROUPS; i++) {
                workers.submit(group(workers.committed(), true));
            }
            assertThat(workers.drain().coordinates()).isEqualTo(end(GROUPS));
        }
        // Each commit of the follower has checked that the log from its checkpoint on, without its GTIDs, is what it lacks.
        assertThat(follower.committed()).hasSize(GROUPS);
        if (!relaxed) {
            assertThat(follower.committed()).isSorted();
        }
        follower.requireSameAsOneAfterTheOther(GROUPS);
        assertThat(told).isSorted().hasSize(GROUPS).last().isEqualTo(end(GROUPS));
    }

    @Test
    void keepsTheOrderOfTransactionsWithoutGtids() throws Exception {
        InMemoryFollower follower = new InMemoryFollower(0.02);
        try (ApplyWorkers workers = workers(follower, true)) {
            workers.begin(follower.start(), FORMAT, true);
            for (int i = 0; i < GROUPS; i++) {
                workers.submit(group(workers.committed(), false));
            }
            workers.drain();
        }
        assertThat(follower.committed()).hasSize(GROUPS).isSorted();
    }

    @Test
    void saysWhatWentWrongAndCommitsNothingBehindIt() throws Exception {
        InMemoryFollower follower = new InMemoryFollower(0);
        follower.refuse(40);
        try (ApplyWorkers workers = workers(follower, false)) {
            workers.begin(follower.start(), FORMAT, true);
            assertThatThrownBy(() -> {
                for (int i = 0; i < GROUPS; i++) {
                    workers.submit(group(workers.committed(), true));
                }
                workers.drain();
            }).isInstanceOf(FollowerException.Rejected.class).hasMessageContaining("group 40");
        }
        assertThat(follower.committed()).hasSizeLessThan(40).isSorted();
    }

    @Test
    void endsItsThreadsAndSessionsInTheMiddleOfWork() throws Exception {
        InMemoryFollower follower = new InMemoryFollower(0);
        follower.block(5);
        ApplyWorkers workers = workers(follower, false);
        workers.begin(follower.start(), FORMAT, true);
        for (int i = 0; i < 6; i++) {
            workers.submit(group(0, true));
        }
        follower.awaitBlocked();
        workers.close();
        assertThat(follower.openSessions()).isZero();
        assertThat(follower.committed()).hasSizeLessThan(5).isSorted();
    }

    @Test
    void doesNotRunFarAheadOfAGroupThatIsStuck() throws Exception {
        InMemoryFollower follower = new InMemoryFollower(0);
        follower.block(1);
        ApplyWorkers workers = workers(follower, true);
        workers.begin(follower.start(), FORMAT, true);
        AtomicInteger submitted = new AtomicInteger();
        Thread submitting = Thread.ofVirtual().start(() -> {
            try {
                while (submitted.get() < 1000) {
                    workers.submit(apart());
                    submitted.incrementAndGet();
                }
            } catch (FollowerException | InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        follower.awaitBlocked();
        while (submitted.get() < 90 || submitting.getState() != Thread.State.WAITING) {
            assertThat(submitting.isAlive()).isTrue();
            Thread.sleep(1);
        }
        assertThat(submitted.get()).isLessThan(100);
        submitting.interrupt();
        submitting.join();
        workers.close();
    }

    /** Whoever failed may have committed groups that the driver's session does not know of. */
    @Test
    void doesNotBeginAgainAfterAFailure() throws Exception {
        InMemoryFollower follower = new InMemoryFollower(0);
        follower.refuse(1);
        try (ApplyWorkers workers = workers(follower, true)) {
            workers.begin(follower.start(), FORMAT, true);
            workers.submit(apart());
            assertThatThrownBy(workers::drain).isInstanceOf(FollowerException.Rejected.class);
            assertThatThrownBy(() -> workers.begin(follower.start(), FORMAT, false)).isInstanceOf(IllegalStateException.class);
        }
    }

    /** Changes a row that no other one does. */
    private Group apart() {
        made++;
        Group group = new Group(made, end(made - 1));
        group.add(new Group.Transaction(Optional.of(new Gtid(LEADER, made)), List.of(event((int) made + 100, made)), 100), 1, end(made));
        return group;
    }

    private ApplyWorkers workers(InMemoryFollower follower, boolean relaxed) {
        return new ApplyWorkers(follower, new BacklogApplier.Settings(6, relaxed, 100, 1 << 20), new WorkerProgress() {
            @Override
            public void committed(BinlogCoordinates at, int transactions) {
                told.add(at);
            }

            @Override
            public void saved(BinlogCoordinates oldest) {
                assertThat(oldest).isLessThanOrEqualTo(end(GROUPS));
            }
        });
    }

    /** Changes two of twelve rows; the number of the event is that of the group, and its body says which rows. */
    private Group group(long committed, boolean withGtid) {
        made++;
        Group group = new Group(made, end(made - 1));
        int some = random.nextInt(12);
        int other = random.nextInt(12);
        WriteSet set = new WriteSet();
        set.change(8L * (some + 1));
        set.change(8L * (other + 1));
        conflicts.add(set, group, committed);
        Optional<Gtid> gtid = withGtid ? Optional.of(new Gtid(LEADER, made)) : Optional.empty();
        group.add(new Group.Transaction(gtid, List.of(event(some, made), event(other, made)), 100), 2, end(made));
        return group;
    }

    private static BinlogCoordinates end(long group) {
        return new BinlogCoordinates(FILE, 4 + 100 * group);
    }

    static GtidSet gtids(BinlogCoordinates to) {
        long last = (to.position() - 4) / 100;
        return last == 0 ? GtidSet.empty() : new GtidSet.Builder().add(LEADER, 1, last).build();
    }

    private static BinlogEvent event(int row, long group) {
        ByteBuffer bytes = ByteBuffer.allocate(EventHeader.SIZE + 16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(1).put((byte) EventType.WRITE_ROWS).putInt(1).putInt(bytes.capacity()).putInt(0).putShort((short) 0);
        return BinlogEvent.of(bytes.putLong(row).putLong(group).flip(), 0);
    }
}
