package io.millrace.replication.seeding;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.TableName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ChunkQueueTest {
    private static final Optional<Chunk> NONE = Optional.empty();

    /** As they stand in a manifest: the readers took several tables at a time. */
    private final List<Chunk> chunks = List.of(chunk(1, "a"), chunk(3, "a"), chunk(2, "b"), chunk(4, "b"), chunk(5, "a"), chunk(6, "c"));

    private static Chunk chunk(int number, String table) {
        return new Chunk(number, new TableName("s", table), 1, 1, 0);
    }

    private ChunkQueue whole() {
        ChunkQueue queue = new ChunkQueue();
        queue.add(chunks);
        queue.close();
        return queue;
    }

    @Test
    void waitsForChunksThatAreStillToCome() throws Exception {
        ChunkQueue queue = new ChunkQueue();
        queue.add(chunks.subList(0, 1));
        Optional<Chunk> first = queue.next(NONE);
        FutureTask<Optional<Chunk>> second = new FutureTask<>(() -> queue.next(first));
        Thread.ofVirtual().start(second);
        queue.add(chunks.subList(1, 2));
        assertThat(second.get(10, TimeUnit.SECONDS)).contains(chunk(3, "a"));
        FutureTask<Optional<Chunk>> none = new FutureTask<>(() -> queue.next(NONE));
        Thread.ofVirtual().start(none);
        queue.close();
        assertThat(none.get(10, TimeUnit.SECONDS)).isEmpty();
    }

    @Test
    void givesEachLoaderATableOfItsOwn() throws Exception {
        ChunkQueue queue = whole();
        assertThat(List.of(queue.next(NONE), queue.next(NONE), queue.next(NONE)))
                .containsExactly(Optional.of(chunk(1, "a")), Optional.of(chunk(2, "b")), Optional.of(chunk(6, "c")));
    }

    @Test
    void keepsALoaderAtItsTableInTheOrderOfTheChunks() throws Exception {
        ChunkQueue queue = whole();
        Optional<Chunk> ofA = queue.next(NONE);
        queue.next(NONE);
        queue.next(NONE);
        ofA = queue.next(ofA);
        assertThat(ofA).contains(chunk(3, "a"));
        assertThat(queue.next(ofA)).contains(chunk(5, "a"));
    }

    @Test
    void sharesATableWhereThereAreMoreLoadersThanTables() throws Exception {
        ChunkQueue queue = whole();
        queue.next(NONE);
        queue.next(NONE);
        queue.next(NONE);
        assertThat(queue.next(NONE)).contains(chunk(3, "a"));
        assertThat(queue.next(NONE)).contains(chunk(4, "b"));
    }

    @Test
    void givesEveryChunkOnce() throws Exception {
        ChunkQueue queue = whole();
        List<Chunk> given = new ArrayList<>();
        for (Optional<Chunk> next = queue.next(NONE); next.isPresent(); next = queue.next(next)) {
            next.ifPresent(given::add);
        }
        assertThat(given).hasSameSizeAs(chunks);
        assertThat(new HashSet<>(given)).isEqualTo(new HashSet<>(chunks));
    }
}
