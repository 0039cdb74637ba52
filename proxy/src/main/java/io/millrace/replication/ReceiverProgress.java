package io.millrace.replication;

import io.millrace.binlog.BinlogCoordinates;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What the receiver is doing, for status. Written by the receiver's thread, read by any. */
public final class ReceiverProgress {
    private static final long WORKED_NANOS = 10_000_000_000L;

    private final Clock clock;
    private volatile boolean connected;
    private volatile Instant since;
    private volatile String cause = "starting";
    private volatile long behind;
    /** By {@link System#nanoTime}; 0 before the first. */
    private volatile long connectedAt;
    private volatile boolean stored;
    private volatile @Nullable Instant troubledSince;
    private volatile Instant lastArrival;
    private volatile @Nullable BinlogCoordinates acknowledged;

    public ReceiverProgress(Clock clock) {
        this.clock = clock;
        this.since = clock.instant();
        this.lastArrival = since;
    }

    void connected() {
        stored = false;
        connectedAt = System.nanoTime();
        connected = true;
        since = clock.instant();
        cause = "";
    }

    void disconnected(String why) {
        if (isWell() || troubledSince == null) {
            troubledSince = clock.instant();
        }
        if (connected || !why.equals(cause)) {
            since = clock.instant();
        }
        connected = false;
        cause = why;
    }

    /** @param timestamp of the newest event, in seconds since 1970 at the leader; 0 when only signs of life have come */
    void arrived(long timestamp) {
        lastArrival = clock.instant();
        if (timestamp != 0) {
            behind = Math.max(0, lastArrival.getEpochSecond() - timestamp);
        }
    }

    /** The leader says that there is nothing else to send. */
    void hasAll() {
        behind = 0;
    }

    /** How old the newest event was when it came, in seconds; 0 when there is nothing else; empty while nobody knows, since it is not connected. */
    public OptionalLong secondsBehind() {
        return connected ? OptionalLong.of(behind) : OptionalLong.empty();
    }

    /** Whether it is connected, and has been for a while or has got something. */
    public boolean isWell() {
        long at = connectedAt;
        return connected && (stored || at != 0 && System.nanoTime() - at > WORKED_NANOS);
    }

    /** Since when nothing has come in, however often it was connected; empty while all is well. */
    public Optional<Instant> troubledSince() {
        return isWell() ? Optional.empty() : Optional.of(Objects.requireNonNullElse(troubledSince, since));
    }

    /** Whether the connection that was lost last had lasted for a while, or had brought something, so that the next try may come soon. */
    boolean hasWorked() {
        long at = connectedAt;
        boolean moved = stored;
        connectedAt = 0;
        stored = false;
        return moved || at != 0 && System.nanoTime() - at > WORKED_NANOS;
    }

    /** Something is in the log that was not. */
    void stored() {
        stored = true;
    }

    void acknowledged(BinlogCoordinates end) {
        acknowledged = end;
    }

    /** Up to where the leader was told that everything is durable; empty where it does not wait for that. */
    public Optional<BinlogCoordinates> acknowledged() {
        return Optional.ofNullable(acknowledged);
    }

    public boolean isConnected() {
        return connected;
    }

    /** Since when it is connected or not. */
    public Instant since() {
        return since;
    }

    /** Why it is not connected; empty when it is. */
    public String cause() {
        return cause;
    }

    /** When the newest event or heartbeat came. */
    public Instant lastArrival() {
        return lastArrival;
    }
}
