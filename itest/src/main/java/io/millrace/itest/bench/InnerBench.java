package io.millrace.itest.bench;

import io.millrace.itest.bench.inner.LogLoops;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.Coordinates;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The inner loops, on the log of a real leader. One thread. */
final class InnerBench {
    private static final int TRANSACTIONS = 20_000;
    private static final PrintStream OUT = System.out;

    private InnerBench() {
    }

    /** @param rounds how many seconds each is measured for, after as many that do not count */
    static void measure(DatabaseServer leader, int rounds) throws Exception {
        leader.execute("FLUSH BINARY LOGS");
        Backlog.SMALL.write(leader, TRANSACTIONS);
        String file = Coordinates.end(leader).split(":", 2)[0];
        leader.execute("FLUSH BINARY LOGS");
        Path folder = Files.createTempDirectory("millrace-bench-");
        try {
            Files.copy(leader.data().resolve(file), folder.resolve(file));
            print(folder, rounds);
        } finally {
            DatabaseServer.delete(folder);
        }
    }

    private static void print(Path folder, int rounds) throws RunnerException {
        Options options = new OptionsBuilder().include(LogLoops.class.getPackageName() + ".*").param("folder", folder.toString()).forks(1)
                .jvmArgsAppend("-Xmx256m", "-XX:+UseSerialGC").mode(Mode.AverageTime).timeUnit(TimeUnit.NANOSECONDS)
                .warmupIterations(rounds).warmupTime(TimeValue.seconds(1)).measurementIterations(rounds).measurementTime(TimeValue.seconds(1))
                .verbosity(VerboseMode.SILENT).build();
        OUT.println("   NS  INNER LOOP, one run of it (JMH: mean, ± its error)");
        for (RunResult result : new Runner(options).run()) {
            String name = result.getParams().getBenchmark();
            OUT.printf(Locale.ROOT, "%5.0f  %s (± %.0f)%n", result.getPrimaryResult().getScore(), name.substring(name.lastIndexOf('.') + 1),
                    result.getPrimaryResult().getScoreError());
        }
    }
}
