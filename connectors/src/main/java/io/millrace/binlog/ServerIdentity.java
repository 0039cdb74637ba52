package io.millrace.binlog;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Who the server is that writes a log, where it does not say so itself. */
public final class ServerIdentity {
    private ServerIdentity() {
    }

    /** The identity of a MariaDB server, which has no UUID, made of its server id. */
    public static String ofMariaDb(String serverId) {
        return UUID.nameUUIDFromBytes(("mariadb server " + serverId).getBytes(StandardCharsets.UTF_8)).toString();
    }
}
