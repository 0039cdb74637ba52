package io.millrace.app;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process when a thread dies of what nobody could foresee, such as a broken installation or a lack of memory: a follower
 * would stand still for ever, and its state would not say so. Every crash is safe, so whoever restarts the process mends it.
 */
final class FailStop {
    private static final Logger LOG = LoggerFactory.getLogger(FailStop.class);

    private FailStop() {
    }

    /** For the whole process, every thread. */
    static void install() {
        Thread.setDefaultUncaughtExceptionHandler(FailStop::end);
    }

    private static void end(Thread thread, Throwable failure) {
        try {
            LOG.atError().addKeyValue("thread", thread.getName()).setCause(failure)
                    .log("unexpected failure: the process ends, and goes on where it was when it is started again; please report it");
        } finally {
            Runtime.getRuntime().halt(Main.FAILED);
        }
    }
}
