package io.millrace.protocol.replication;

import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.PreviousGtidsReader;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a replica asks to be sent, by either of the two commands.
 *
 * @param file empty for the first file that there is
 * @param position as the replica gave it; may be less than 4
 * @param flags see {@link #NON_BLOCK}
 * @param serverId 0 from a client that wants the end of the log to be the end of the stream
 * @param gtids everything that the replica has; empty when it goes by file and position
 */
public record DumpRequest(String file, long position, int flags, long serverId, Optional<GtidSet> gtids) {
    /** The stream ends at the end of the log. */
    public static final int NON_BLOCK = 0x01;
    /** To MySQL: heartbeats of the second version; to MariaDB: annotate events, too. */
    public static final int HEARTBEAT_V2 = 0x02;

    /** Reads {@code COM_BINLOG_DUMP}, its command byte included. */
    public static DumpRequest readDump(ByteBuffer packet) {
        ByteBuffer body = packet.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(packet.position() + 1);
        try {
            long position = body.getInt() & 0xffffffffL;
            int flags = body.getShort() & 0xffff;
            long serverId = body.getInt() & 0xffffffffL;
            return new DumpRequest(name(body, body.remaining()), position, flags, serverId, Optional.empty());
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("COM_BINLOG_DUMP is cut off", e);
        }
    }

    /**
     * Reads {@code COM_BINLOG_DUMP_GTID}, its command byte included.
     *
     * @throws IllegalArgumentException if the packet or its GTID set is malformed
     */
    public static DumpRequest readDumpGtid(ByteBuffer packet) {
        ByteBuffer body = packet.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(packet.position() + 1);
        try {
            int flags = body.getShort() & 0xffff;
            long serverId = body.getInt() & 0xffffffffL;
            String file = name(body, body.getInt());
            long position = body.getLong();
            int length = body.getInt();
            if (length < 0 || length > body.remaining()) {
                throw new IllegalArgumentException("a GTID set of " + length + " bytes in " + body.remaining());
            }
            GtidSet set = PreviousGtidsReader.read(body.slice(body.position(), length));
            return new DumpRequest(file, position, flags, serverId, Optional.of(set));
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("COM_BINLOG_DUMP_GTID is cut off", e);
        }
    }

    /** Whether the stream ends at the end of the log. */
    public boolean isNonBlocking() {
        return serverId == 0 || (flags & NON_BLOCK) != 0;
    }

    private static String name(ByteBuffer body, int length) {
        if (length < 0 || length > body.remaining()) {
            throw new IllegalArgumentException("a file name of " + length + " bytes in " + body.remaining());
        }
        byte[] name = new byte[length];
        body.get(name);
        return new String(name, StandardCharsets.UTF_8).replace("\0", "");
    }
}
