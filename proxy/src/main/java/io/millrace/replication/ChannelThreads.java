package io.millrace.replication;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Begins and ends the threads of a channel. Any thread may call. */
final class ChannelThreads {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelThreads.class);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(8);

    private final String channel;
    private final Consumer<String> failed;

    /** @param failed told of what nobody has foreseen */
    ChannelThreads(String channel, Consumer<String> failed) {
        this.channel = channel;
        this.failed = failed;
    }

    /** What a thread does. */
    interface Work {
        void run() throws InterruptedException;
    }

    /** @param into gets the new thread */
    synchronized void run(List<Thread> into, String threadName, Work work) {
        into.add(Thread.ofVirtual().name(threadName).start(() -> {
            try {
                work.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                failed.accept("an unexpected failure in " + threadName + ": " + e);
                LOG.atError().addKeyValue("channel", channel).setCause(e).log("unexpected failure: please report it");
            }
        }));
    }

    /** Interrupts threads and waits a while for their ends; who does not end in time stays in the list. */
    void end(List<Thread> which) {
        List<Thread> running;
        synchronized (this) {
            running = List.copyOf(which);
            which.clear();
        }
        running.forEach(Thread::interrupt);
        long deadline = System.nanoTime() + STOP_PATIENCE.toNanos();
        boolean interrupted = false;
        for (Thread thread : running) {
            try {
                thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        synchronized (this) {
            running.stream().filter(Thread::isAlive).forEach(which::add);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
