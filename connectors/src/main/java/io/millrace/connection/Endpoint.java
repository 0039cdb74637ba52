package io.millrace.connection;

import io.millrace.config.LeaderConfig;
import io.millrace.config.value.Secret;
import io.millrace.config.TlsConfig;
import io.millrace.protocol.compressed.Compression;
import java.time.Duration;
import java.util.Optional;

/** Where a server is and who we are there. */
public record Endpoint(String host, int port, String user, Secret password, TlsConfig tls, Duration connectTimeout,
        Optional<Compression> compression) {
    public static Endpoint of(LeaderConfig leader) {
        return new Endpoint(leader.host(), leader.port(), leader.user(), leader.password(), leader.tls(), leader.connectTimeout(),
                switch (leader.compression()) {
                    case NONE -> Optional.empty();
                    case ZLIB -> Optional.of(Compression.ZLIB);
                    case ZSTD -> Optional.of(Compression.ZSTD);
                });
    }

    @Override
    public String toString() {
        return user + "@" + host + ":" + port;
    }
}
