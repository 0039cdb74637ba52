package io.millrace.serve.dump;

import java.time.Duration;
import java.util.Optional;

/**
 * What a replica has said in statements before it asks for events.
 *
 * @param heartbeat how long there may be nothing to send before there is a sign of life; zero for none
 * @param checksum what it has set {@code @source_binlog_checksum} to; empty if it did not
 * @param mariaDb whether it is MariaDB
 * @param mariaDbPosition MariaDB's {@code @slave_connect_state}; empty if it goes by file and position
 * @param semiSync whether it acknowledges transactions, and so each event must say whether it wants that
 */
public record ReplicaSettings(Duration heartbeat, Optional<String> checksum, boolean mariaDb, Optional<String> mariaDbPosition, boolean semiSync) {
    boolean wantsChecksums() {
        return checksum.isPresent() && !checksum.get().equalsIgnoreCase("NONE");
    }
}
