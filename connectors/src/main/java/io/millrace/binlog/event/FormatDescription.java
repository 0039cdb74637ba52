package io.millrace.binlog.event;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What the first event of a file says of the rest of it.
 *
 * @param serverVersion as the leader names itself
 * @param checksumLength 4 with CRC32, 0 with NONE
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Format__description__event.html">Format_description_event</a>
 */
public record FormatDescription(String serverVersion, int checksumLength) {
    /** From the event's first byte to its {@code created} field. */
    public static final int CREATED_OFFSET = EventHeader.SIZE + 2 + 50;
    private static final int VERSION_LENGTH = 50;
    /** The algorithm byte and the checksum that always stand at the end. */
    private static final int TRAILER = 5;

    /** Reads a format description event from its whole bytes. The event itself always carries a checksum. */
    public static FormatDescription read(ByteBuffer event) {
        byte[] version = new byte[VERSION_LENGTH];
        event.get(EventHeader.SIZE + 2, version);
        int end = 0;
        while (end < VERSION_LENGTH && version[end] != 0) {
            end++;
        }
        int algorithm = event.get(event.limit() - TRAILER);
        return new FormatDescription(new String(version, 0, end, StandardCharsets.US_ASCII), algorithm == 1 ? 4 : 0);
    }

    public boolean isMariaDb() {
        return serverVersion.contains("MariaDB");
    }
}
