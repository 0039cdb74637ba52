package io.millrace.follower.jdbc.rows;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetChangesTest {
    private static final int RUNS = 2000;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leavesTheSameRowsAsTheChangesOneByOne(boolean comparable) {
        for (int seed = 0; seed < RUNS; seed++) {
            Random random = new Random(seed);
            Map<String, String> leader = new HashMap<>();
            for (int key = 0; key < 4; key++) {
                leader.put("k" + key, "k" + key + "v0");
            }
            Table follower = new Table(new HashMap<>(leader));
            NetChanges changes = new NetChanges(comparable);
            for (int i = 0; i < 40; i++) {
                change(random, leader, comparable, changes, follower);
            }
            follower.apply(changes);
            assertThat(follower.rows()).as("seed " + seed).isEqualTo(leader);
        }
    }

    /** One change of the leader: a row comes, goes, changes, or gets another key, as the key of a row that goes at the same moment. */
    private static void change(Random random, Map<String, String> leader, boolean comparable, NetChanges changes, Table follower) {
        String key = "k" + random.nextInt(7);
        String row = key + "v" + random.nextInt(3);
        String old = leader.getOrDefault(key, "");
        if (old.isEmpty()) {
            leader.put(key, row);
            add(changes, key, "", row, follower);
        } else if (!comparable || random.nextInt(3) == 0) {
            leader.remove(key);
            add(changes, key, old, "", follower);
        } else if (!old.equals(row)) {
            leader.put(key, row);
            add(changes, key, old, row, follower);
        }
    }

    private static void add(NetChanges changes, String key, String before, String after, Table follower) {
        NetChanges.Key added = new NetChanges.Key(key, key.hashCode());
        if (!changes.add(added, before, after)) {
            follower.apply(changes);
            assertThat(changes.add(added, before, after)).as("a change is taken when nothing was taken before").isTrue();
        }
    }

    /** A table that refuses what a server refuses, and what would not count as expected. */
    private record Table(Map<String, String> rows) {
        void apply(NetChanges changes) {
            NetChanges.Result result = changes.result();
            result.deletedKeys().forEach(this::delete);
            result.changedRows().forEach(row -> {
                String old = rows.put(key(row), row);
                assertThat(old).as("a changed row was there, and was another").isNotNull().isNotEqualTo(row);
            });
            result.newRows().forEach(row -> assertThat(rows.put(key(row), row)).as("a new row was not there").isNull());
            result.passingKeys().forEach(this::delete);
            changes.clear();
        }

        private void delete(String key) {
            assertThat(rows.remove(key)).as("a deleted row was there").isNotNull();
        }

        private static String key(String row) {
            return row.substring(0, row.indexOf('v'));
        }
    }

    @Test
    void sendsOneChangeForManyOfARow() {
        NetChanges changes = new NetChanges(true);
        List<String> versions = new ArrayList<>(List.of("v0"));
        for (int i = 1; i <= 10; i++) {
            versions.add("v" + i);
            assertThat(changes.add(new NetChanges.Key("k", 1), versions.get(i - 1), versions.get(i))).isTrue();
        }

        assertThat(changes.result()).isEqualTo(new NetChanges.Result(List.of(), List.of("v10"), List.of(), List.of()));
    }

    @Test
    void sendsNothingForARowThatIsAsBefore() {
        NetChanges changes = new NetChanges(true);
        changes.add(new NetChanges.Key("k", 1), "a", "b");
        changes.add(new NetChanges.Key("k", 1), "b", "a");

        assertThat(changes.result()).isEqualTo(new NetChanges.Result(List.of(), List.of(), List.of(), List.of()));
    }

    /** The server may hold the two for equal: then the second could not come before the first is gone. */
    @Test
    void takesNoKeyThatMayBeEqualToAnother() {
        NetChanges changes = new NetChanges(true);
        changes.add(new NetChanges.Key("'Ab'", 1), "Ab", "");

        assertThat(changes.add(new NetChanges.Key("'ab'", 1), "", "ab")).isFalse();
        assertThat(changes.add(new NetChanges.Key("'b'", 2), "", "b")).isTrue();
    }
}
