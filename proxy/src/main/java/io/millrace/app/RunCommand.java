package io.millrace.app;

import io.millrace.config.MillraceConfig;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code millrace run}. */
@Command(name = "run", mixinStandardHelpOptions = true, description = "Runs every channel of the configuration until SIGTERM or Ctrl-C.")
final class RunCommand implements Callable<Integer> {
    @Mixin
    private ConfigOption config = new ConfigOption();

    @Override
    public Integer call() throws InterruptedException {
        Optional<MillraceConfig> loaded = config.load();
        if (loaded.isEmpty()) {
            return Main.USAGE;
        }
        try {
            MillraceProcess process = MillraceProcess.start(loaded.get());
            CountDownLatch stopped = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(process, stopped), "shutdown"));
            stopped.await();
            return Main.OK;
        } catch (IOException e) {
            Console.error(String.valueOf(e.getMessage()));
            return Main.FAILED;
        }
    }

    private static void stop(MillraceProcess process, CountDownLatch stopped) {
        try {
            process.close();
        } catch (IOException e) {
            Console.error("while stopping: " + e.getMessage());
        }
        stopped.countDown();
    }
}
