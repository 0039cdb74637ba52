package io.millrace.connection;

import io.millrace.config.LeaderConfig;
import io.millrace.config.value.Secret;
import io.millrace.config.TlsConfig;
import java.time.Duration;

/** Where a server is and who we are there. */
public record Endpoint(String host, int port, String user, Secret password, TlsConfig tls, Duration connectTimeout) {
    public static Endpoint of(LeaderConfig leader) {
        return new Endpoint(leader.host(), leader.port(), leader.user(), leader.password(), leader.tls(), leader.connectTimeout());
    }

    @Override
    public String toString() {
        return user + "@" + host + ":" + port;
    }
}
