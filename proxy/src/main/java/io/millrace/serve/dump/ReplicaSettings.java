package io.millrace.serve.dump;

import java.time.Duration;
import java.util.Optional;

/**
 * What a replica has said in statements before it asks for events.
 *
 * @param heartbeat how long there may be nothing to send before there is a sign of life; zero for none
 * @param checksum what it has set {@code @source_binlog_checksum} to; empty if it did not
 * @param mariaDbCapability what of MariaDB it says it knows, {@code @mariadb_slave_capability}; empty if it says nothing of it
 * @param mariaDbRange what a MariaDB replica wants by GTID; empty if it goes by file and position
 * @param semiSync whether it acknowledges transactions, and so each event must say whether it wants that
 */
public record ReplicaSettings(Duration heartbeat, Optional<String> checksum, Optional<Integer> mariaDbCapability, Optional<MariaDbRange> mariaDbRange,
        boolean semiSync) {
    /**
     * A part of MariaDB's log, by the last GTID of each domain.
     *
     * @param position after which it begins: {@code @slave_connect_state}
     * @param until where it ends: {@code @slave_until_gtid} of START SLAVE UNTIL; empty if it does not
     * @param strict whether a hole where the position should be means that it has diverged: {@code @slave_gtid_strict_mode}
     * @param before whether the transaction where it ends is left out, too: {@code @slave_gtid_until_before_gtids} of SQL_BEFORE_GTIDS
     * @param ignoresDuplicates whether it gets the same domain from others, too, and so may be ahead: {@code @slave_gtid_ignore_duplicates}
     */
    public record MariaDbRange(String position, Optional<String> until, boolean strict, boolean before, boolean ignoresDuplicates) {
        MariaDbRange(String position, Optional<String> until, boolean strict) {
            this(position, until, strict, false, false);
        }
    }

    boolean wantsChecksums() {
        return checksum.isPresent() && !checksum.get().equalsIgnoreCase("NONE");
    }
}
