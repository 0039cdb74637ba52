package io.millrace.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FailStopTest {
    /** A process of which one thread dies while another goes on waiting. */
    static final class Dying {
        private Dying() {
        }

        public static void main(String[] arguments) throws InterruptedException {
            FailStop.install();
            Thread.ofVirtual().name("follower-copy").start(() -> {
                throw new NoClassDefFoundError("io/millrace/Gone");
            });
            new CountDownLatch(1).await();
        }
    }

    @Test
    void endsTheProcessAndSaysOfWhat() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), Dying.class.getName()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(Main.FAILED);
        assertThat(output).contains("follower-copy").contains("io/millrace/Gone").contains("the process ends");
    }
}
