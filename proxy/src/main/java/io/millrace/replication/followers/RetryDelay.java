package io.millrace.replication.followers;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before the next try: doubling, bounded, and never the same for all. One thread. */
public final class RetryDelay {
    private static final Duration FIRST = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private final RandomGenerator random;
    private Duration next = FIRST;

    public RetryDelay(RandomGenerator random) {
        this.random = random;
    }

    /** The next delay, between half of the full one and all of it. */
    public Duration next() {
        Duration full = next;
        next = full.multipliedBy(2).compareTo(LONGEST) > 0 ? LONGEST : full.multipliedBy(2);
        return full.dividedBy(2).plusNanos(random.nextLong(full.dividedBy(2).toNanos() + 1));
    }

    /** It worked: begin again with the shortest. */
    public void reset() {
        next = FIRST;
    }
}
