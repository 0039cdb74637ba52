package io.millrace.serve.dump;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.FormatDescription;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * Events that stand in no file: a leader makes them up for the stream.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/classBinlog__sender.html">Binlog_sender</a>
 */
final class ArtificialEvents {
    private static final int CHECKSUM = 4;
    private static final int POSITION_OFFSET = 13;
    private static final int FLAGS_OFFSET = 17;
    private static final long MOST_POSITION = 0xffffffffL;
    private static final byte HEARTBEAT_FILE = 1;
    private static final byte HEARTBEAT_POSITION = 2;

    private ArtificialEvents() {
    }

    /** Names the file whose events come next. */
    static ByteBuffer rotate(long serverId, BinlogCoordinates next, boolean checksum) {
        byte[] name = next.file().getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = little(8 + name.length).putLong(next.position()).put(name).flip();
        return event(EventType.ROTATE, serverId, 0, EventHeader.ARTIFICIAL, body, checksum);
    }

    /** A sign of life, and how far a replica is that was sent nothing since everything was skipped. */
    static ByteBuffer heartbeat(long serverId, BinlogCoordinates at, boolean checksum) {
        ByteBuffer body = ByteBuffer.wrap(at.file().getBytes(StandardCharsets.UTF_8));
        return event(EventType.HEARTBEAT, serverId, at.position(), 0, body, checksum);
    }

    /** The same for MariaDB, which says a position that needs more than 32 bits before the name (MDEV-16146). */
    static ByteBuffer heartbeatOfMariaDb(long serverId, BinlogCoordinates at, boolean checksum) {
        if (at.position() <= MOST_POSITION) {
            return heartbeat(serverId, at, checksum);
        }
        byte[] name = at.file().getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = little(Long.BYTES + name.length).putLong(at.position()).put(name).flip();
        return event(EventType.HEARTBEAT, serverId, 0, 0, body, checksum);
    }

    /** The same for positions that need more than 32 bits. */
    static ByteBuffer heartbeatV2(long serverId, BinlogCoordinates at, boolean checksum) {
        byte[] name = at.file().getBytes(StandardCharsets.UTF_8);
        ByteBuffer position = lengthEncoded(at.position());
        ByteBuffer body = little(5 + name.length + position.remaining()).put(HEARTBEAT_FILE).put((byte) name.length).put(name)
                .put(HEARTBEAT_POSITION).put((byte) position.remaining()).put(position).put((byte) 0).flip();
        return event(EventType.HEARTBEAT_V2, serverId, at.position(), 0, body, checksum);
    }

    private static ByteBuffer lengthEncoded(long value) {
        ByteBuffer out = little(9);
        if (value < 0xfb) {
            out.put((byte) value);
        } else if (value <= 0xffff) {
            out.put((byte) 0xfc).putShort((short) value);
        } else if (value <= 0xffffff) {
            out.put((byte) 0xfd).putShort((short) value).put((byte) (value >>> 16));
        } else {
            out.put((byte) 0xfe).putLong(value);
        }
        return out.flip();
    }

    /** How a MariaDB replica learns how far everything was left out. */
    static ByteBuffer gtidList(long serverId, BinlogCoordinates at, ByteBuffer body, boolean checksum) {
        return event(EventType.MARIADB_GTID_LIST, serverId, at.position(), EventHeader.ARTIFICIAL, body, checksum);
    }

    /**
     * The format description of a file that is not sent from its head, or not for the first time: without the time of the leader's
     * start, at which a replica drops its temporary tables.
     *
     * @param fromHead whether the file is sent from its head
     */
    static ByteBuffer again(ByteBuffer formatDescription, boolean fromHead) {
        ByteBuffer copy = little(formatDescription.remaining()).put(formatDescription).flip();
        copy.putInt(FormatDescription.CREATED_OFFSET, 0);
        if (!fromHead) {
            copy.putInt(POSITION_OFFSET, 0);
        }
        copy.putShort(FLAGS_OFFSET, (short) (copy.getShort(FLAGS_OFFSET) & ~EventHeader.BINLOG_IN_USE));
        checksum(copy);
        return copy;
    }

    /** Sets the checksum at the end of an event that was changed. */
    static void checksum(ByteBuffer event) {
        event.putInt(event.limit() - CHECKSUM, crc(event.slice(0, event.limit() - CHECKSUM)));
    }

    private static ByteBuffer event(int type, long serverId, long position, int flags, ByteBuffer body, boolean checksum) {
        int length = EventHeader.SIZE + body.remaining() + (checksum ? CHECKSUM : 0);
        ByteBuffer event = little(length).putInt(0).put((byte) type).putInt((int) serverId).putInt(length).putInt((int) position)
                .putShort((short) flags).put(body.duplicate());
        if (checksum) {
            event.putInt(crc(event.duplicate().flip()));
        }
        return event.flip();
    }

    private static int crc(ByteBuffer bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
