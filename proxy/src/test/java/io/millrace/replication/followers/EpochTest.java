package io.millrace.replication.followers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.leader.LeaderException;
import io.millrace.relay.RelayLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpochTest {
    private static final String FILE = "binlog.000004";
    private static final GtidSet FORMER = GtidSet.parse("11111111-1111-1111-1111-111111111111:1-9");

    private static final BinlogCoordinates END = new BinlogCoordinates("binlog.000006", 500);

    @TempDir
    Path folder;

    private RelayLog log;
    private GtidSet before;

    @BeforeEach
    void open() throws Exception {
        Path leader = Files.createDirectories(folder.resolve("new"));
        Files.copy(Path.of("src/test/resources/binlogs/sample97_binlog.000001"), leader.resolve(FILE));
        log = RelayLog.open(leader);
        before = log.gtidsBefore(FILE).orElseThrow();
    }

    @Test
    void leavesACheckpointOfTheSameLeaderAsItIs() throws Exception {
        Checkpoint same = new Checkpoint("new", new BinlogCoordinates(FILE, 4), GtidSet.empty(), Map.of());
        assertThat(new Epoch(log, () -> FORMER).place("f", same)).contains(same);
        Checkpoint purged = new Checkpoint("new", new BinlogCoordinates("binlog.000003", 4), GtidSet.empty(), Map.of());
        assertThat(new Epoch(log, () -> FORMER).place("f", purged)).isEmpty();
    }

    @Test
    void awaitsWhatIsStillToBeReceived() {
        Checkpoint later = new Checkpoint("new", END, GtidSet.empty(), Map.of());
        assertThatThrownBy(() -> new Epoch(log, () -> FORMER).place("f", later)).isInstanceOf(FollowerException.Unreachable.class)
                .hasMessageContaining("binlog.000006:500", "has come to " + log.end().orElseThrow());
    }

    @Test
    void refusesWhatTheLeaderWasRolledBackBehind() throws Exception {
        BinlogCoordinates last = log.lastEvent().orElseThrow();
        assertThat(new Epoch(log, () -> FORMER).place("f", new Checkpoint("new", last, GtidSet.empty(), Map.of()))).isPresent();
        Checkpoint between = new Checkpoint("new", last.at(last.position() + 1), GtidSet.empty(), Map.of());
        assertThatThrownBy(() -> new Epoch(log, () -> FORMER).place("f", between)).isInstanceOf(FollowerException.Ahead.class)
                .hasMessageContaining("restored", "replace: true");
    }

    @Test
    void findsTheFileThatHoldsAllThatAFollowerOfTheFormerLeaderLacks() throws Exception {
        GtidSet applied = FORMER.union(before);
        Checkpoint saved = new Checkpoint("old", new BinlogCoordinates("other.000077", 1234), applied, Map.of());
        assertThat(new Epoch(log, () -> applied).place("f", saved))
                .contains(new Checkpoint("new", BinlogCoordinates.headOf(FILE), applied, Map.of()));
    }

    @Test
    void refusesWhatCannotBePlaced() throws Exception {
        BinlogCoordinates there = new BinlogCoordinates("other.000077", 1234);
        assertThat(new Epoch(log, () -> FORMER).place("f", new Checkpoint("old", there, GtidSet.empty(), Map.of()))).isEmpty();
        assertThat(new Epoch(log, () -> FORMER).place("f", new Checkpoint("old", there, FORMER, Map.of("x", there)))).isEmpty();
    }

    @Test
    void givesALeaderThatIsStillApplyingWhatItReceivedTheTimeToDoSo() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        GtidSet half = GtidSet.parse("11111111-1111-1111-1111-111111111111:1-4").union(before);
        Epoch epoch = new Epoch(log, () -> asked.incrementAndGet() < 4 ? half : FORMER.union(before));
        Checkpoint saved = new Checkpoint("old", new BinlogCoordinates("other.000077", 1234), FORMER.union(before), Map.of());
        assertThat(epoch.place("f", saved)).isPresent();
        assertThat(asked).hasValueGreaterThan(3);
    }

    @Test
    void refusesAReplicaForWhatTheLeaderLacksOfServersThatItKnows() throws Exception {
        GtidSet anothers = GtidSet.parse("22222222-2222-2222-2222-222222222222:1-3");
        assertThat(new Epoch(log, () -> FORMER).lost("f", FORMER.union(anothers))).isEqualTo(GtidSet.empty());
        assertThat(new Epoch(log, () -> FORMER).lost("f", GtidSet.parse("11111111-1111-1111-1111-111111111111:1-10")))
                .hasToString("11111111-1111-1111-1111-111111111111:10");
        assertThatThrownBy(() -> new Epoch(log, () -> {
            throw new LeaderException.Unreachable("away", null);
        }).lost("f", FORMER)).isInstanceOf(FollowerException.Unreachable.class).hasMessageContaining("away");
    }
}
