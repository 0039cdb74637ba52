package io.millrace.config;

import io.millrace.config.value.ByteSize;
import java.time.Duration;

/** The durable copy of the leader's binlog. */
public record RelayLogConfig(
        @Setting(value = "How long a relay log file is kept after its last event, if nobody needs it longer.", orElse = "3d") Duration keepFor,
        @Setting(value = "The size above which the oldest files go, even before their time; files that a follower or snapshot needs stay.", orElse = "100GiB") ByteSize keepSize) {}
