package io.millrace.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class CompressionLevelTest {
    private final AtomicReference<Double> load = new AtomicReference<>(0.2);
    private final CompressionLevel level = new CompressionLevel(load::get);

    @Test
    void compressesHarderWhileTheDiskIsWaitedFor() {
        for (int chunk = 0; chunk < 20; chunk++) {
            level.took(10, 100);
        }
        assertThat(level.next()).isEqualTo(CompressionLevel.MOST);
        level.took(10, 15);
        assertThat(level.next()).as("where both take about as long").isEqualTo(CompressionLevel.MOST);
        for (int chunk = 0; chunk < 20; chunk++) {
            level.took(100, 10);
        }
        assertThat(level.next()).isEqualTo(CompressionLevel.LEAST);
    }

    @Test
    void doesNotWhileTheProcessorsAreBusy() {
        level.took(10, 100);
        assertThat(level.next()).isEqualTo(2);
        load.set(0.9);
        level.took(10, 100);
        level.took(10, 100);
        assertThat(level.next()).isEqualTo(CompressionLevel.LEAST);
    }

    @Test
    void staysAtTheQuickestWhereNobodyCanTell() {
        load.set(-1.0);
        level.took(10, 100);
        assertThat(level.next()).isEqualTo(CompressionLevel.LEAST);
    }
}
