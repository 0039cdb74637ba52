package io.millrace.replication.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.TableName;
import io.millrace.store.Part;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SnapshotterTest {
    private static List<Part> parts(String table, int count) {
        return Stream.generate(() -> new Part(new TableName("s", table), KeyRange.ALL)).limit(count).toList();
    }

    @Test
    void takesAFewTablesInTurnAndTheNextWhenOneIsThrough() {
        List<Part> parts = Snapshotter.inTurns(List.of(parts("a", 3), parts("b", 1), List.of(), parts("c", 2), parts("d", 1)), 2);
        assertThat(parts.stream().map(part -> part.table().name()).toList()).containsExactly("a", "b", "a", "a", "c", "d", "c");
    }

    @Test
    void takesOneTableAloneInOrder() {
        List<Part> parts = parts("a", 4);
        assertThat(Snapshotter.inTurns(List.of(parts), 4)).isEqualTo(parts);
    }
}
