package io.millrace.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogWriter;
import io.millrace.store.SnapshotRepository;
import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.Opening;
import io.millrace.store.DraftPlan;
import io.millrace.store.SnapshotDraft;
import java.time.Instant;
import java.util.Map;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PurgerTest {
    @TempDir
    Path folder;

    private RelayLog log;

    @BeforeEach
    void fourFiles() throws Exception {
        log = RelayLog.open(folder.resolve("relay"));
        try (RelayLogWriter writer = log.write()) {
            for (int i = 1; i <= 4; i++) {
                writer.startFile("binlog.00000" + i);
            }
        }
    }

    @Test
    void keepsWhatAFollowerNeedsHoweverOld() throws Exception {
        purger(Duration.ofSeconds(-1), Long.MAX_VALUE).purge(log, List.of(at(2), at(4)));
        assertThat(log.fileNames()).containsExactly("binlog.000002", "binlog.000003", "binlog.000004");
    }

    @Test
    void keepsEverythingAsLongAsAFollowerIsUnknown() throws Exception {
        purger(Duration.ofSeconds(-1), 0).purge(log, List.of(at(4), Optional.empty()));
        assertThat(log.fileNames()).hasSize(4);
    }

    @Test
    void keepsYoungFilesBelowTheSizeAndTheLastFileAlways() throws Exception {
        purger(Duration.ofHours(1), Long.MAX_VALUE).purge(log, List.of());
        assertThat(log.fileNames()).hasSize(4);
        purger(Duration.ofHours(1), 8).purge(log, List.of());
        assertThat(log.fileNames()).containsExactly("binlog.000003", "binlog.000004");
        purger(Duration.ofSeconds(-1), 0).purge(log, List.of());
        assertThat(log.fileNames()).containsExactly("binlog.000004");
    }

    @Test
    void keepsTheRowsOfWhatIsPrepared() throws Exception {
        Map<String, BinlogCoordinates> prepared = Map.of("x", at(2).orElseThrow());
        Checkpoint checkpoint = new Checkpoint(log.leader(), at(4).orElseThrow(), GtidSet.empty(), prepared);
        purger(Duration.ofSeconds(-1), 0).purge(log, List.of(Optional.of(checkpoint.oldest())));
        assertThat(log.fileNames()).containsExactly("binlog.000002", "binlog.000003", "binlog.000004");
        publish("s", Instant.now(), Map.of("y", at(3).orElseThrow()));
        purger(Duration.ofSeconds(-1), 0).purge(log, List.of(at(4)));
        assertThat(log.fileNames()).containsExactly("binlog.000003", "binlog.000004");
    }

    @Test
    void keepsTheLogOfASnapshotThatIsBeingTaken() throws Exception {
        SnapshotRepository repository = new SnapshotRepository(folder.resolve("snapshots"));
        Purger purger = new Purger(repository, new Purger.Retention(Duration.ofSeconds(-1), 0, Duration.ofDays(1)), Clock.systemUTC());
        SnapshotRepository.Use taking = repository.useLog(at(2).orElseThrow());
        purger.purge(log, List.of(at(4)));
        assertThat(log.fileNames()).containsExactly("binlog.000002", "binlog.000003", "binlog.000004");
        taking.close();
        purger.purge(log, List.of(at(4)));
        assertThat(log.fileNames()).containsExactly("binlog.000004");
    }

    @Test
    void passesOverASnapshotThatCannotBeRead() throws Exception {
        Files.createDirectories(folder.resolve("snapshots").resolve("torn"));
        Files.writeString(folder.resolve("snapshots").resolve("torn").resolve("manifest.json"), "{\"format\":");
        purger(Duration.ofSeconds(-1), 0).purge(log, List.of(at(3)));
        assertThat(log.fileNames()).containsExactly("binlog.000003", "binlog.000004");
    }

    @Test
    void keepsAnOldSnapshotUntilWhoLoadsItIsDone() throws Exception {
        SnapshotRepository repository = new SnapshotRepository(folder.resolve("snapshots"));
        Purger purger = new Purger(repository, new Purger.Retention(Duration.ofHours(1), Long.MAX_VALUE, Duration.ofDays(1)), Clock.systemUTC());
        publish("old", Instant.now().minus(Duration.ofDays(2)), Map.of());
        SnapshotRepository.Use first = repository.use("old");
        SnapshotRepository.Use second = repository.use("old");
        publish("young", Instant.now(), Map.of());
        first.close();
        purger.purge(log, List.of());
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("young", "old");
        second.close();
        purger.purge(log, List.of());
        assertThat(repository.list()).extracting(Manifest::id).containsExactly("young");
    }

    @Test
    void keepsASnapshotThatIsBeingTakenHoweverLongThatTakes() throws Exception {
        SnapshotRepository repository = new SnapshotRepository(folder.resolve("snapshots"));
        Purger purger = new Purger(repository, new Purger.Retention(Duration.ofHours(1), Long.MAX_VALUE, Duration.ofDays(-1)), Clock.systemUTC());
        DraftPlan plan = new DraftPlan("draft", Instant.now(), log.leader(), at(4).orElseThrow(), new Catalog(List.of(), List.of()), List.of());
        SnapshotRepository.Use use = repository.use("draft");
        SnapshotDraft draft = repository.begin(plan);
        purger.purge(log, List.of());
        assertThat(repository.unfinished()).isPresent();
        draft.suspend();
        draft.close();
        use.close();
        purger.purge(log, List.of());
        assertThat(repository.unfinished()).isEmpty();
    }

    private void publish(String id, Instant takenAt, Map<String, BinlogCoordinates> prepared) throws Exception {
        Manifest manifest = new Manifest(Manifest.FORMAT, id, takenAt, log.leader(), "9.7.4", at(4).orElseThrow(), "", prepared,
                new Manifest.Proof(Opening.PLAIN, 1, 1, 0, 0), new Manifest.Scope(List.of(), false), new Catalog(List.of(), List.of()), List.of());
        DraftPlan plan = new DraftPlan(manifest.id(), manifest.takenAt(), manifest.leader(), manifest.coordinates(), manifest.catalog(), List.of());
        try (SnapshotDraft draft = new SnapshotRepository(folder.resolve("snapshots")).begin(plan)) {
            draft.publish(manifest);
        }
    }

    private Purger purger(Duration keepFor, long keepBytes) throws Exception {
        return new Purger(new SnapshotRepository(folder.resolve("snapshots")), new Purger.Retention(keepFor, keepBytes, Duration.ofDays(1)),
                Clock.systemUTC());
    }

    private static Optional<BinlogCoordinates> at(int file) {
        return Optional.of(new BinlogCoordinates("binlog.00000" + file, 100));
    }
}
