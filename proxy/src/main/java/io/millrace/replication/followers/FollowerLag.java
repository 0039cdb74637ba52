package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * How far a follower is behind the relay log now, whatever it does or whether it does anything.
 *
 * @param bytes of the log that it has not applied
 * @param seconds since the leader began to log the first transaction that it has not applied; 0 where there is none
 */
public record FollowerLag(long bytes, long seconds) {
    /** Empty where nobody knows, as of a follower that is being seeded. Any thread. */
    public static Optional<FollowerLag> of(RelayLog log, ApplierProgress progress, Clock clock) {
        Optional<BinlogCoordinates> applied = progress.applied();
        if (applied.isEmpty() || !log.fileNames().contains(applied.get().file())) {
            return Optional.empty();
        }
        try {
            long bytes = log.bytesAfter(applied.get());
            Optional<Instant> next = bytes == 0 ? Optional.empty() : log.nextTransaction(applied.get());
            return Optional.of(new FollowerLag(bytes, next.map(at -> Math.max(0, Duration.between(at, clock.instant()).toSeconds())).orElse(0L)));
        } catch (RelayLogException e) {
            return Optional.empty();
        }
    }
}
