package io.millrace.config;

import io.millrace.config.value.ByteSize;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** How snapshots of the leader are taken and kept. */
public record SnapshotConfig(
        @Setting(value = "How many connections read the leader at once while it is not busy.", orElse = "4", min = 1, max = 64) int readers,
        @Setting(value = "How many go on however busy the leader is; as many as `readers` for a snapshot that gives no way.", orElse = "1", min = 1, max = 64) int leastReaders,
        @Setting(value = "The leader is busy while more of its threads than this run beside Millrace's own (`Threads_running`), or while its writes and commits take more than 3 times as long as at their quickest and more than 5 ms (`performance_schema`): then a reader pauses each second, and comes back when it is not.", orElse = "16", min = 1, max = 100000) int busyThreads,
        @Setting(value = "About how large a chunk of a table is, before compression; 64KiB to 256MiB.", orElse = "16MiB") ByteSize chunkSize,
        @Setting(value = "The schemas to copy, and whose changes push followers get then; a native replica needs replicate-do-db. Empty means all but the server's own. A schema that is added later stops push followers until they are seeded again.", orElse = "[]") List<String> schemas,
        @Setting(value = "Whether accounts and their grants are copied too, and then kept equal (one that is there already takes the leader's password and grants, but that of `user`, and loses its own); without it the followers keep their own, and statements on accounts are left out.", orElse = "false") boolean users,
        @Setting(value = "What rows may be locked (DDL waits while tables are copied wherever BACKUP_ADMIN is granted): `never`; `tables` (keyless tables for milliseconds, when the coordinates cannot be proved without; tables that no view shows, like MyISAM's, against writes while they are copied); `all` (also FLUSH TABLES WITH READ LOCK, for milliseconds).", orElse = "tables") Lock lock,
        @Setting(value = "Whether `FLUSH BINARY LOGS` may be used (needs RELOAD): to align the readers under heavy load, and to begin a new relay log with a fresh file where the open one of the leader is longer than 64MiB.", orElse = "true") boolean flushBinaryLogs,
        @Setting(value = "How old a stored snapshot may be and still seed a follower; its relay log is kept as long.", orElse = "1d") Duration maxAge)
        implements
            Checked {

    /** What may be locked on the leader. */
    public enum Lock {
        NEVER, TABLES, ALL
    }

    public SnapshotConfig {
        schemas = List.copyOf(schemas);
    }

    @Override
    public void check(Consumer<String> problems) {
        if (leastReaders > readers) {
            problems.accept("leastReaders must not be more than readers, which is " + readers + ", was " + leastReaders);
        }
        if (chunkSize.bytes() < 64 * 1024 || chunkSize.bytes() > 256L * 1024 * 1024) {
            problems.accept("chunkSize must be 64KiB to 256MiB, was " + chunkSize);
        }
    }
}
