package io.millrace.replication.followers;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.replication.snapshots.SnapshotProgress;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FollowerStateTest {
    private static final Instant THEN = Instant.EPOCH;
    private static final Instant NOW = THEN.plusSeconds(1);

    @Test
    void waitingForTheSameCauseIsNoNews() {
        FollowerState before = new FollowerState.Waiting(THEN, "refused", NOW);
        assertThat(new FollowerState.Waiting(NOW, "refused", NOW.plusSeconds(1)).isSameAs(before)).isTrue();
        assertThat(new FollowerState.Waiting(NOW, "timed out", NOW.plusSeconds(1)).isSameAs(before)).isFalse();
    }

    @Test
    void anotherWordIsNews() {
        assertThat(new FollowerState.Live(NOW).isSameAs(new FollowerState.CatchingUp(THEN))).isFalse();
        assertThat(new FollowerState.Live(NOW).isSameAs(new FollowerState.Live(THEN))).isTrue();
        assertThat(new FollowerState.Stopped(NOW, "full").isSameAs(new FollowerState.Waiting(THEN, "full", NOW))).isFalse();
    }

    @Test
    void seedingGoesOnAsLongAsItsProgressDoes() {
        SnapshotProgress taking = new SnapshotProgress();
        FollowerState before = new FollowerState.Seeding(THEN, taking, "taking a snapshot");
        assertThat(new FollowerState.Seeding(NOW, taking, "taking a snapshot").isSameAs(before)).isTrue();
        assertThat(new FollowerState.Seeding(NOW, new SnapshotProgress(), "loading").isSameAs(before)).isFalse();
    }
}
