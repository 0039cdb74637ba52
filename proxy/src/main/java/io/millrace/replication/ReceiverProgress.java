package io.millrace.replication;

import java.time.Clock;
import java.time.Instant;

/** What the receiver is doing, for status. Written by the receiver's thread, read by any. */
public final class ReceiverProgress {
    private final Clock clock;
    private volatile boolean connected;
    private volatile Instant since;
    private volatile String cause = "starting";
    private volatile long lastTimestamp;
    private volatile Instant lastArrival;

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
