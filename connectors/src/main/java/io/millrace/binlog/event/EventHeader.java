package io.millrace.binlog.event;

/**
 * The common header of every event.
 *
 * @param timestamp seconds since 1970 at the leader; 0 on events that the leader made up for the stream
 * @param type see {@link EventType}
 * @param length of the whole event, header and checksum included, in bytes; at least 19
 * @param endPosition {@code log_pos}: 32 bits, 0 inside MariaDB 11.4+ transactions; a cross-check, never a source of positions
 * @param flags see the constants here
 */
public record EventHeader(long timestamp, int type, long serverId, long length, long endPosition, int flags) {
    /** The size of the header in bytes. */
    public static final int SIZE = 19;
    /** The leader made the event up for the stream; it stands in no file. */
    public static final int ARTIFICIAL = 0x20;
    /** The statement needs no default schema ({@code LOG_EVENT_SUPPRESS_USE_F}). */
    public static final int SUPPRESS_USE = 0x08;
    /** The file of this format description is still being written ({@code LOG_EVENT_BINLOG_IN_USE_F}). */
    public static final int BINLOG_IN_USE = 0x01;

    public boolean isArtificial() {
        return (flags & ARTIFICIAL) != 0;
    }

    /** Whether the event is a sign of life of the stream and no part of a file. */
    public boolean isHeartbeat() {
        return type == EventType.HEARTBEAT || type == EventType.HEARTBEAT_V2;
    }
}
