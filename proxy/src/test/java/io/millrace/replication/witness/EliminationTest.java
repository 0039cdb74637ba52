package io.millrace.replication.witness;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.row.Value;
import io.millrace.snapshot.Column;
import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.RowSink;
import io.millrace.snapshot.SnapshotView;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EliminationTest {
    private static final TableDefinition TABLE = new TableDefinition(new TableName("s", "t"),
            List.of(new Column("id", "int", "int", "", false), new Column("k", "int", "int", "", false)), List.of("id"), "InnoDB", "", 0);

    @Test
    void needsNoReadWhereTheWindowIsEmpty() throws Exception {
        Elimination elimination = new Elimination(new FakeView(Map.of()), List.of());
        assertThat(elimination.decide()).isEqualTo(new Elimination.Verdict.Decided(List.of(0)));
        assertThat(elimination.reads()).isZero();
    }

    @Test
    void isNotFooledByARowThatIsChangedBack() throws Exception {
        List<LoggedTransaction> window = List.of(update(1, 0, 1), update(1, 1, 0), update(2, 5, 6));
        assertThat(decide(window, Map.of(1, 0, 2, 5))).isEqualTo(new Elimination.Verdict.Decided(List.of(0, 2)));
        assertThat(decide(window, Map.of(1, 1, 2, 5))).isEqualTo(new Elimination.Verdict.Decided(List.of(1)));
        assertThat(decide(window, Map.of(1, 0, 2, 6))).isEqualTo(new Elimination.Verdict.Decided(List.of(3)));
    }

    @Test
    void neverGuessesOverATransactionThatCannotBeSeen() throws Exception {
        LoggedTransaction opaque = new LoggedTransaction(Optional.empty(), BinlogCoordinates.headOf("b.000001"), List.of(), true, false);
        assertThat(decide(List.of(opaque), Map.of())).isEqualTo(new Elimination.Verdict.Undecidable());
        assertThat(decide(List.of(update(1, 0, 1), opaque), Map.of(1, 0))).isEqualTo(new Elimination.Verdict.Decided(List.of(0)));
    }

    @Test
    void trustsNoRowThatMayHaveBeenWrittenInSilence() throws Exception {
        LoggedTransaction hiding = new LoggedTransaction(Optional.empty(), BinlogCoordinates.headOf("b.000001"), List.of(), true, true);
        // It made 1 of 0, so that a view before it shows 0, which the second one's image does not tell of.
        assertThat(decide(List.of(hiding, update(1, 1, 0)), Map.of(1, 0))).isEqualTo(new Elimination.Verdict.Undecidable());
    }

    @Test
    void rejectsAViewThatFitsNoPrefix() throws Exception {
        assertThat(decide(List.of(update(1, 0, 1)), Map.of(1, 7))).isEqualTo(new Elimination.Verdict.Contradiction());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void alwaysKeepsTheTruePrefixAndOnlyEqualStates(long seed) throws Exception {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<Map<Integer, Integer>> states = new ArrayList<>(List.of(new HashMap<>(Map.of(1, 0, 2, 0))));
            List<LoggedTransaction> window = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(12); i++) {
                Map<Integer, Integer> next = new HashMap<>(states.getLast());
                window.add(randomTransaction(random, next));
                states.add(next);
            }
            int truth = random.nextInt(states.size());
            Elimination.Verdict verdict = decide(window, states.get(truth));
            assertThat(verdict).isInstanceOfSatisfying(Elimination.Verdict.Decided.class, decided -> {
                assertThat(decided.prefixes()).contains(truth);
                assertThat(decided.prefixes()).allSatisfy(prefix -> assertThat(states.get(prefix)).isEqualTo(states.get(truth)));
            });
        }
    }

    private static LoggedTransaction randomTransaction(Random random, Map<Integer, Integer> rows) {
        int id = 1 + random.nextInt(4);
        Optional<List<Optional<Value>>> before = Optional.ofNullable(rows.get(id)).map(value -> row(id, value));
        if (random.nextInt(4) == 0) {
            rows.remove(id);
        } else {
            rows.put(id, random.nextInt(2));
        }
        Optional<List<Optional<Value>>> after = Optional.ofNullable(rows.get(id)).map(value -> row(id, value));
        return transaction(new KeyChange(key(id), before, after));
    }

    private static Elimination.Verdict decide(List<LoggedTransaction> window, Map<Integer, Integer> rows) throws Exception {
        return new Elimination(new FakeView(rows), window).decide();
    }

    private static LoggedTransaction update(int id, int before, int after) {
        return transaction(new KeyChange(key(id), Optional.of(row(id, before)), Optional.of(row(id, after))));
    }

    private static LoggedTransaction transaction(KeyChange change) {
        return new LoggedTransaction(Optional.empty(), BinlogCoordinates.headOf("b.000001"), List.of(change), false, false);
    }

    private static KeyChange.RowKey key(int id) {
        return new KeyChange.RowKey(TABLE, List.of(new Value.Text(Integer.toString(id))));
    }

    private static List<Optional<Value>> row(int id, int k) {
        return List.of(Optional.of(new Value.Text(Integer.toString(id))), Optional.of(new Value.Text(Integer.toString(k))));
    }

    /** A view over rows that the test names. */
    private record FakeView(Map<Integer, Integer> rows) implements SnapshotView {
        @Override
        public GtidSet before() {
            return GtidSet.empty();
        }

        @Override
        public BinlogCoordinates after() {
            return BinlogCoordinates.headOf("b.000001");
        }

        @Override
        public Optional<List<Optional<Value>>> readRow(TableDefinition table, List<Value> key) {
            int id = Integer.parseInt(((Value.Text) key.getFirst()).text());
            return Optional.ofNullable(rows.get(id)).map(value -> row(id, value));
        }

        @Override
        public List<KeyRange> ranges(TableDefinition table, long bytes) {
            return List.of(KeyRange.ALL);
        }

        @Override
        public void copy(TableDefinition table, KeyRange range, RowSink sink) {
            throw new IllegalStateException("nothing is copied here");
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
