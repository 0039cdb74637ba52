package io.millrace.replication;

import io.millrace.binlog.BinlogCoordinates;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the receiver is doing, for status. Written by the receiver's thread, read by any. */
public final class ReceiverProgress {
    private final Clock clock;
    private volatile boolean connected;
    private volatile Instant since;
    private volatile String cause = "starting";
    private volatile long lastTimestamp;
    private volatile Instant lastArrival;
    private volatile @Nullable BinlogCoordinates acknowledged;

    public ReceiverProgress(Clock clock) {
        this.clock = clock;
        this.since = clock.instant();
        this.lastArrival = since;
    }

    void connected() {
        connected = true;
        since = clock.instant();
        cause = "";
    }

    void disconnected(String why) {
        if (connected || !why.equals(cause)) {
            since = clock.instant();
        }
        connected = false;
        cause = why;
    }

    /** @param timestamp of the newest event, in seconds since 1970 at the leader; 0 when only signs of life have come */
    void arrived(long timestamp) {
        if (timestamp != 0) {
            lastTimestamp = timestamp;
        }
        lastArrival = clock.instant();
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

    /** The leader's time in the newest event, in seconds since 1970; 0 before the first. */
    public long lastTimestamp() {
        return lastTimestamp;
    }

    /** When the newest event or heartbeat came. */
    public Instant lastArrival() {
        return lastArrival;
    }
}
