package io.millrace.replication.snapshots;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;

/** Work shared by virtual threads: the first failure stops all of it. One thread starts and waits. */
public final class Tasks implements AutoCloseable {
    private final ExecutorService executor;
    private final ExecutorCompletionService<Boolean> completions;
    private int running;

    /** A piece of work that may fail. */
    public interface Task {
        void run() throws Exception;
    }

    public Tasks(String name) {
        executor = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name + "-", 1).factory());
        completions = new ExecutorCompletionService<>(executor);
    }

    public void start(Task task) {
        Callable<Boolean> work = () -> {
            task.run();
            return true;
        };
        completions.submit(work);
        running++;
    }

    /** Waits for all; the first failure of a named kind is thrown as it is, any other as a bug. */
    public <A extends Exception, B extends Exception> void awaitAll(Class<A> first, Class<B> second) throws A, B, InterruptedException {
        List<Throwable> failures = new ArrayList<>();
        for (; running > 0 && failures.isEmpty(); running--) {
            try {
                completions.take().get();
            } catch (ExecutionException e) {
                failures.add(e.getCause());
            }
        }
        for (Throwable failure : failures) {
            if (first.isInstance(failure)) {
                throw first.cast(failure);
            }
            if (second.isInstance(failure)) {
                throw second.cast(failure);
            }
            throw new IllegalStateException("a task failed unexpectedly", failure);
        }
    }

    /** Interrupts what still runs and waits for its end. */
    @Override
    public void close() {
        executor.shutdownNow();
        executor.close();
    }
}
