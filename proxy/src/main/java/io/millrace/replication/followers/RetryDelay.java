package io.millrace.replication.followers;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait before the next try: doubling, bounded, and never the same for all. One thread. */
public final class RetryDelay {
    private static final Duration FIRST = Duration.ofMillis(250);
    private static final Duration LONGEST = Duration.ofSeconds(5);
    private static final Duration RARELY_FIRST = Duration.ofSeconds(2);
    private static final Duration RARELY_LONGEST = Duration.ofMinutes(5);

    private final RandomGenerator random;
    private final Duration first;
    private final Duration longest;
    private Duration next;

    /** For what costs little: up to five seconds. */
    public RetryDelay(RandomGenerator random) {
        this(random, FIRST, LONGEST);
    }

    private RetryDelay(RandomGenerator random, Duration first, Duration longest) {
        this.random = random;
        this.first = first;
        this.longest = longest;
        this.next = first;
    }

    /** For what reads a leader from one end to the other each time: up to five minutes. */
    public static RetryDelay rare(RandomGenerator random) {
        return new RetryDelay(random, RARELY_FIRST, RARELY_LONGEST);
    }

    /** The next delay, between half of the full one and all of it. */
    public Duration next() {
        Duration full = next;
        next = full.multipliedBy(2).compareTo(longest) > 0 ? longest : full.multipliedBy(2);
        return full.dividedBy(2).plusNanos(random.nextLong(full.dividedBy(2).toNanos() + 1));
    }

    /** It worked: begin again with the shortest. */
    public void reset() {
        next = first;
    }
}
