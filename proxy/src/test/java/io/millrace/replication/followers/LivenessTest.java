package io.millrace.replication.followers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LivenessTest {
    private long now = Long.MAX_VALUE - 1000; // The clock may wrap.
    private final Liveness liveness = new Liveness(() -> now);

    @Test
    void isLiveWhileItCatchesUpAgainAndAgain() {
        for (int i = 0; i < 100; i++) {
            now += Duration.ofMillis(9).toNanos();
            assertThat(liveness.isLive(1000)).isTrue();
            liveness.caughtUp();
        }
    }

    @Test
    void isBehindWhenItDoesNotCatchUpForALittleWhile() {
        now += Duration.ofMillis(10).toNanos();
        assertThat(liveness.isLive(1)).isFalse();
        liveness.caughtUp();
        assertThat(liveness.isLive(1)).isTrue();
    }

    @Test
    void isBehindAtOnceWhenMuchHasArrived() {
        assertThat(liveness.isLive(64 * 1024)).isFalse();
    }
}
