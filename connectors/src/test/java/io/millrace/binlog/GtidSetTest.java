package io.millrace.binlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GtidSetTest {
    private static final String UUID_1 = "6965e419-e6be-11f1-883a-02fc00000001";
    private static final String UUID_2 = "7965e419-e6be-11f1-883a-02fc00000001";
    private static final GtidSource SOURCE = new GtidSource(UUID.fromString(UUID_1), "");

    @ParameterizedTest
    @ValueSource(strings = {"", UUID_1 + ":1", UUID_1 + ":1-9:11", UUID_1 + ":1-9:mytag:1", UUID_1 + ":1-5:7:tag:1-3," + UUID_2 + ":1-10"})
    void readsWhatItWrites(String text) {
        assertThat(GtidSet.parse(text)).hasToString(text);
    }

    @Test
    void readsWhatTheServerPrintsOverSeveralLines() {
        assertThat(GtidSet.parse(UUID_1 + ":1-3,\n" + UUID_2.toUpperCase(Locale.ROOT) + ":4")).hasToString(UUID_1 + ":1-3," + UUID_2 + ":4");
    }

    @Test
    void refusesWhatIsNoSet() {
        assertThatThrownBy(() -> GtidSet.parse("nonsense:1")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> GtidSet.parse(UUID_1 + ":5-3")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void behavesAsASetOfNumbers() {
        for (long seed = 1; seed <= 500; seed++) {
            behavesAsASetOfNumbers(seed);
        }
    }

    private static void behavesAsASetOfNumbers(long seed) {
        Random random = new Random(seed);
        Set<Long> first = new HashSet<>();
        Set<Long> second = new HashSet<>();
        GtidSet one = random(random, first);
        GtidSet other = random(random, second);
        Set<Long> union = new HashSet<>(first);
        union.addAll(second);
        Set<Long> difference = new HashSet<>(first);
        difference.removeAll(second);
        for (long number = 1; number <= 120; number++) {
            Gtid gtid = new Gtid(SOURCE, number);
            assertThat(one.contains(gtid)).isEqualTo(first.contains(number));
            assertThat(one.union(other).contains(gtid)).isEqualTo(union.contains(number));
            assertThat(one.minus(other).contains(gtid)).isEqualTo(difference.contains(number));
        }
        assertThat(one.union(other).containsAll(one)).isTrue();
        assertThat(one.containsAll(one.union(other))).isEqualTo(first.containsAll(second));
        assertThat(one.containsAnyOf(other)).isEqualTo(!Collections.disjoint(first, second));
        for (GtidSet set : List.of(one, one.union(other), one.minus(other))) {
            assertThat(GtidSet.parse(set.toString())).as("seed " + seed).isEqualTo(set);
        }
        assertThat(one.minus(other).union(other)).isEqualTo(one.union(other));
    }

    @Test
    void containsNothingOfAnotherServer() {
        GtidSet one = GtidSet.parse(UUID_1 + ":1-5:7-9");
        assertThat(one.containsAnyOf(GtidSet.parse(UUID_1 + ":6"))).isFalse();
        assertThat(one.containsAnyOf(GtidSet.parse(UUID_1 + ":6-7"))).isTrue();
        assertThat(one.containsAnyOf(GtidSet.parse("00000000-0000-0000-0000-000000000001:1-9"))).isFalse();
    }

    private static GtidSet random(Random random, Set<Long> members) {
        GtidSet.Builder builder = new GtidSet.Builder();
        int intervals = random.nextInt(25);
        for (int i = 0; i < intervals; i++) {
            long from = 1L + random.nextInt(100);
            long to = from + random.nextInt(8);
            builder.add(SOURCE, from, to);
            for (long number = from; number <= to; number++) {
                members.add(number);
            }
        }
        return builder.build();
    }
}
