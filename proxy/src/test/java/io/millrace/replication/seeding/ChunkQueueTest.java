package io.millrace.replication.seeding;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.TableName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChunkQueueTest {
    private static final Optional<Chunk> NONE = Optional.empty();

    /** As they stand in a manifest: the readers took several tables at a time. */
    private final List<Chunk> chunks = List.of(chunk(1, "a"), chunk(3, "a"), chunk(2, "b"), chunk(4, "b"), chunk(5, "a"), chunk(6, "c"));

    private static Chunk chunk(int number, String table) {
        return new Chunk(number, new TableName("s", table), 1, 1, 0);
    }

    @Test
    void givesEachLoaderATableOfItsOwn() {
        ChunkQueue queue = new ChunkQueue(chunks);
        assertThat(List.of(queue.next(NONE), queue.next(NONE), queue.next(NONE)))
                .containsExactly(Optional.of(chunk(1, "a")), Optional.of(chunk(2, "b")), Optional.of(chunk(6, "c")));
    }

    @Test
    void keepsALoaderAtItsTableInTheOrderOfTheChunks() {
        ChunkQueue queue = new ChunkQueue(chunks);
        Optional<Chunk> ofA = queue.next(NONE);
        queue.next(NONE);
        queue.next(NONE);
        ofA = queue.next(ofA);
        assertThat(ofA).contains(chunk(3, "a"));
        assertThat(queue.next(ofA)).contains(chunk(5, "a"));
    }

    @Test
    void sharesATableWhereThereAreMoreLoadersThanTables() {
        ChunkQueue queue = new ChunkQueue(chunks);
        queue.next(NONE);
        queue.next(NONE);
        queue.next(NONE);
        assertThat(queue.next(NONE)).contains(chunk(3, "a"));
        assertThat(queue.next(NONE)).contains(chunk(4, "b"));
    }

    @Test
    void givesEveryChunkOnce() {
        ChunkQueue queue = new ChunkQueue(chunks);
        List<Chunk> given = new ArrayList<>();
        for (Optional<Chunk> next = queue.next(NONE); next.isPresent(); next = queue.next(next)) {
            next.ifPresent(given::add);
        }
        assertThat(given).hasSameSizeAs(chunks);
        assertThat(new HashSet<>(given)).isEqualTo(new HashSet<>(chunks));
    }
}
