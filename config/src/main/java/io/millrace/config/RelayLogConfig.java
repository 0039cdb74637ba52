package io.millrace.config;

import io.millrace.config.value.ByteSize;
import java.time.Duration;

/** The durable copy of the leader's binlog. */
public record RelayLogConfig(
        @Setting(value = "How long a relay log file is kept after its last event, if nobody needs it longer.", orElse = "3d") Duration keepFor,
        @Setting(value = "The size above which the oldest files go, even before their time; no upper limit: files that a follower (down, stopped or not seeded yet) or a snapshot needs stay. Snapshots and the logs of former leaders come on top. A replica that was pointed here by hand keeps files only while it is connected.", orElse = "100GiB") ByteSize keepSize) {}
