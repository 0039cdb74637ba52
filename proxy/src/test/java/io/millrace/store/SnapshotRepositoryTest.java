package io.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.Opening;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.TableName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotRepositoryTest {
    private static final BinlogCoordinates AT = new BinlogCoordinates("binlog.000003", 100);
    private static final TableName TABLE = new TableName("shop", "orders");
    private static final Part PART = new Part(TABLE, KeyRange.ALL);

    @TempDir
    Path folder;

    private SnapshotRepository repository;

    @BeforeEach
    void open() throws Exception {
        repository = new SnapshotRepository(folder);
    }

    @Test
    void givesBackWhatWasPublished() throws Exception {
        Manifest manifest;
        try (SnapshotDraft draft = repository.begin(plan("one"))) {
            copy(draft, "1\tx\n");
            manifest = manifest("one", draft.chunks());
            assertThat(repository.list()).isEmpty();
            draft.publish(manifest);
        }
        assertThat(repository.list()).containsExactly(manifest);
        assertThat(repository.heads()).singleElement().satisfies(head -> assertThat(head.scope()).isEqualTo(manifest.scope()))
                .satisfies(head -> assertThat(head.chunks()).isEmpty()).satisfies(head -> assertThat(head.oldest()).isEqualTo(manifest.oldest()));
        assertThat(repository.newest().orElseThrow().oldest()).isEqualTo(BinlogCoordinates.headOf("binlog.000002"));
        assertThat(repository.open(manifest, manifest.chunks().getFirst()).readAllBytes()).isEqualTo("1\tx\n".getBytes(StandardCharsets.UTF_8));
        assertThat(repository.unfinished()).isEmpty();
    }

    @Test
    void aDraftWithAManifestButWithoutItsNameIsNoSnapshot() throws Exception {
        publish("one");
        Files.move(folder.resolve("one"), folder.resolve("one.partial"));
        assertThat(repository.list()).isEmpty();
        assertThat(repository.unfinished()).isEmpty();
        repository.begin(plan("two")).close();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void goesOnWithThePartsThatAreWhole() throws Exception {
        try (SnapshotDraft draft = repository.begin(plan("one"))) {
            copy(draft, "1\n");
            copy(draft, "2\n");
            draft.suspend();
        }
        Files.writeString(folder.resolve("one.partial").resolve(SnapshotDraft.COPIED), "{\"part\":{\"ta", StandardOpenOption.APPEND);
        Files.writeString(folder.resolve("one.partial").resolve("chunk-000003.tsv.zst"), "torn");
        UnfinishedSnapshot unfinished = repository.unfinished().orElseThrow();
        assertThat(unfinished.copied()).hasSize(2);
        try (SnapshotDraft draft = repository.resume(unfinished, plan("two"), List.of(unfinished.copied().getFirst()))) {
            copy(draft, "3\n");
            assertThat(draft.chunks()).extracting(Chunk::number).containsExactly(1, 2);
            draft.publish(manifest("two", draft.chunks()));
        }
        assertThat(folder.resolve("two")).isDirectoryContaining("glob:**manifest.json").isDirectoryNotContaining("glob:**chunk-000003*");
        assertThat(repository.newest()).map(Manifest::rows).contains(2L);
    }

    @Test
    void namesAManifestThatIsDamagedOrOfAnotherForm() throws Exception {
        publish("one");
        Path manifest = folder.resolve("one").resolve(SnapshotRepository.MANIFEST);
        String text = Files.readString(manifest);
        Files.writeString(manifest, text.replace("\"format\" : " + Manifest.FORMAT, "\"format\" : 1"));
        assertThatThrownBy(repository::list).isInstanceOf(SnapshotException.Corrupt.class).hasMessageContaining("form 1")
                .hasMessageContaining(manifest.toString());
        Files.writeString(manifest, text.substring(0, text.length() / 2));
        assertThatThrownBy(repository::list).isInstanceOf(SnapshotException.Corrupt.class).hasMessageContaining("damaged");
    }

    private void publish(String id) throws Exception {
        try (SnapshotDraft draft = repository.begin(plan(id))) {
            draft.publish(manifest(id, List.of()));
        }
    }

    private static void copy(SnapshotDraft draft, String rows) throws Exception {
        try (ChunkWriter chunk = draft.chunk(TABLE)) {
            chunk.row(ByteBuffer.wrap(rows.getBytes(StandardCharsets.UTF_8)));
            draft.copied(new CopiedPart(PART, List.of(chunk.finish())));
        }
    }

    private static DraftPlan plan(String id) {
        return new DraftPlan(id, Instant.EPOCH, "leader", AT, new Catalog(List.of(), List.of()), List.of(PART));
    }

    private static Manifest manifest(String id, List<Chunk> chunks) {
        return new Manifest(Manifest.FORMAT, id, Instant.EPOCH, "leader", "9.7.4", AT, "", Map.of("x", BinlogCoordinates.headOf("binlog.000002")),
                new Manifest.Proof(Opening.PLAIN, 1, 1, 0, 3), new Manifest.Scope(List.of("b", "a"), true), new Catalog(List.of(), List.of()),
                chunks);
    }
}
