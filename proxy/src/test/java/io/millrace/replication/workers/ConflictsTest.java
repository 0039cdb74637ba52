package io.millrace.replication.workers;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.writeset.WriteSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConflictsTest {
    private static final BinlogCoordinates START = BinlogCoordinates.headOf("binlog.000001");

    private final Conflicts conflicts = new Conflicts();

    @Test
    void makesAGroupWaitForTheLastOneThatChangedTheSameKey() {
        Group first = group(1, change(7));
        assertThat(first.waits()).isFalse();
        Group second = group(2, change(8));
        assertThat(second.waits()).isFalse();
        assertThat(group(3, change(7)).waitsFor()).containsExactly(1L);
        assertThat(group(4, change(7)).waitsFor()).containsExactly(3L);
    }

    @Test
    void letsAnyNumberRelyOnAKeyButNotBesideAChange() {
        group(1, rely(7));
        assertThat(group(2, rely(7)).waits()).isFalse();
        assertThat(group(3, change(7)).waitsForAllTo()).isEqualTo(2);
        assertThat(group(4, rely(7)).waitsFor()).containsExactly(3L);
    }

    @Test
    void forgetsWhatIsCommitted() {
        group(1, change(7));
        Group second = new Group(2, START);
        assertThat(conflicts.meets(change(7), 2, 0)).isTrue();
        assertThat(conflicts.meets(change(7), 2, 1)).isFalse();
        conflicts.add(change(7), second, 1);
        assertThat(second.waits()).isFalse();
        assertThat(conflicts.meets(change(7), 2, 1)).as("its own group").isFalse();
    }

    /** Whatever the order in which groups are committed, two that touch the same key, one of them changing it, are never under way at once. */
    @Test
    void ordersEveryPairThatTouchesTheSameKey() {
        Random random = new Random(1);
        List<Group> groups = new ArrayList<>();
        List<Set<Long>> changes = new ArrayList<>();
        List<Set<Long>> relies = new ArrayList<>();
        Set<Long> done = new HashSet<>();
        long committed = 0;
        for (long number = 1; number <= 4000; number++) {
            Group group = new Group(number, START);
            changes.add(new HashSet<>());
            relies.add(new HashSet<>());
            for (int transaction = 0; transaction < 3; transaction++) {
                WriteSet set = new WriteSet();
                for (int i = 0; i < 4; i++) {
                    long key = 8L * random.nextInt(300);
                    boolean change = random.nextBoolean();
                    (change ? changes : relies).getLast().add(key);
                    if (change) {
                        set.change(key);
                    } else {
                        set.rely(key);
                    }
                }
                conflicts.add(set, group, committed);
            }
            groups.add(group);
            requireOrdered(groups, changes, relies, done);
            while (number - committed > 6) { // Some are committed, in any order that the waits allow.
                Group next = groups.get((int) committed + random.nextInt((int) (number - committed)));
                long low = committed;
                if (next.waitsForAllTo() <= low && next.waitsFor().stream().allMatch(wait -> wait <= low || done.contains(wait))) {
                    done.add(next.number());
                }
                while (done.contains(committed + 1)) {
                    committed++;
                }
            }
        }
    }

    private static void requireOrdered(List<Group> groups, List<Set<Long>> changes, List<Set<Long>> relies, Set<Long> done) {
        int last = groups.size() - 1;
        Set<Long> before = new HashSet<>();
        reach(groups, last, before, done);
        for (int i = Math.max(0, last - 20); i < last; i++) {
            boolean meet = meet(changes.get(i), changes.get(last)) || meet(changes.get(i), relies.get(last))
                    || meet(relies.get(i), changes.get(last));
            if (meet && !done.contains(i + 1L)) {
                assertThat(before).as("group %d before %d", i + 1, last + 1).contains(i + 1L);
            }
        }
    }

    private static boolean meet(Set<Long> some, Set<Long> others) {
        return some.stream().anyMatch(others::contains);
    }

    private static void reach(List<Group> groups, int index, Set<Long> into, Set<Long> done) {
        Group group = groups.get(index);
        for (long number = Math.max(1, index - 30L); number <= group.waitsForAllTo(); number++) {
            into.add(number);
        }
        for (long wait : group.waitsFor()) {
            if (into.add(wait) && !done.contains(wait)) {
                reach(groups, (int) wait - 1, into, done);
            }
        }
    }

    private Group group(long number, WriteSet set) {
        Group group = new Group(number, START);
        conflicts.add(set, group, 0);
        return group;
    }

    private static WriteSet change(long key) {
        WriteSet set = new WriteSet();
        set.change(key * 8);
        return set;
    }

    private static WriteSet rely(long key) {
        WriteSet set = new WriteSet();
        set.rely(key * 8);
        return set;
    }
}
