package io.millrace.serve.login;

import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts failed logins by address, and says how long the next answer must wait. Any thread. */
public final class FailedLogins {
    private static final int MOST_ADDRESSES = 10_000;
    private static final Duration FIRST_DELAY = Duration.ofMillis(100);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(5);
    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(5);

    private final Clock clock;
    private final LongAdder total = new LongAdder();
    private final Map<InetAddress, Failures> failures = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Failures> eldest) {
            return size() > MOST_ADDRESSES;
        }
    };

    private record Failures(int count, Instant last) {}

    public FailedLogins(Clock clock) {
        this.clock = clock;
    }

    /** Counts a failure; the answer must wait for what is returned. */
    public Duration failed(InetAddress address) {
        total.increment();
        Instant now = clock.instant();
        synchronized (failures) {
            Failures before = failures.remove(address);
            int count = before == null || before.last().plus(FORGOTTEN_AFTER).isBefore(now) ? 0 : before.count();
            Failures next = new Failures(count + 1, now);
            failures.put(address, next);
            Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(10, next.count() - 1));
            return delay.compareTo(LONGEST_DELAY) < 0 ? delay : LONGEST_DELAY;
        }
    }

    /** A login succeeded: the address begins anew. */
    public void succeeded(InetAddress address) {
        synchronized (failures) {
            failures.remove(address);
        }
    }

    /** All failures since the start. */
    public long total() {
        return total.sum();
    }
}
