package io.millrace.config;

import io.millrace.config.value.Secret;
import java.time.Duration;
import java.util.function.Consumer;

/** How to reach the leader, and as which replica Millrace registers there. */
public record LeaderConfig(
        @Setting("Host name or address of the leader.") String host,
        @Setting(value = "Port of the leader.", orElse = "3306", min = 1, max = 65535) int port,
        @Setting("Account with REPLICATION SLAVE and REPLICATION CLIENT, and to copy tables SELECT, SHOW VIEW, TRIGGER and EVENT; `millrace check` names what is missing.") String user,
        @Setting(value = "Its password, best as `${env:NAME}` or `${file:PATH}`.", orElse = "\"\"") Secret password,
        @Setting(value = "The server id under which Millrace registers at the leader; no other replica of the leader may have it.", min = 1, max = 4294967295L) long serverId,
        @Setting(value = "Encryption of the connections to the leader.", orElse = "{}") TlsConfig tls,
        @Setting(value = "How often an idle leader must send a heartbeat; three missed ones mean that the link is dead; 100ms to 1h.", orElse = "5s") Duration heartbeat,
        @Setting(value = "How long a connection may take to come up.", orElse = "10s") Duration connectTimeout,
        @Setting(value = "Whether Millrace is a semi-synchronous replica of the leader: it acknowledges a transaction as soon as that is durable in the relay log; not with `compression`.", orElse = "false") boolean semiSync,
        @Setting(value = "How the log and the rows of snapshots travel: `none`, `zlib`, or `zstd` (MySQL 8.0.18 and later).", orElse = "none") Compression compression)
        implements
            Checked {

    /** How connections to the leader are compressed. */
    public enum Compression {
        NONE, ZLIB, ZSTD
    }

    @Override
    public void check(Consumer<String> problems) {
        if (heartbeat.compareTo(Duration.ofMillis(100)) < 0 || heartbeat.compareTo(Duration.ofHours(1)) > 0) {
            problems.accept("heartbeat must be 100ms to 1h");
        }
        if (connectTimeout.isZero()) {
            problems.accept("connectTimeout must be above 0");
        }
        if (semiSync && compression != Compression.NONE) {
            problems.accept("semiSync and compression " + compression + " cannot be used together: leave one of them out");
        }
    }
}
