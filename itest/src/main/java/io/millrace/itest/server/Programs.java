package io.millrace.itest.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs to their end. */
public final class Programs {
    private static final long MINUTES = 5;

    private Programs() {
    }

    /**
     * Runs a program and waits for it.
     *
     * @return what it printed
     * @throws IOException if it fails, with what it printed
     */
    public static String run(List<String> command) throws IOException {
        return run(command, Map.of());
    }

    public static String run(List<String> command, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            CompletableFuture<Process> end = process.onExit().orTimeout(MINUTES, TimeUnit.MINUTES)
                    .exceptionally(late -> process.destroyForcibly()); // It may print nothing, and not end either.
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            end.join();
            int exit = process.waitFor();
            if (exit != 0) {
                throw new IOException(String.join(" ", command) + " failed: " + output);
            }
            return output;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a program ran", e);
        }
    }
}
