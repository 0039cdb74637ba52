package io.millrace.protocol.replication;

import io.millrace.binlog.BinlogCoordinates;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a semi-synchronous replica has made durable: a mark, the position, the file's name.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-semisync.html">Semisynchronous Replication</a>
 */
public record SemiSyncAck(BinlogCoordinates end) {
    /** The first byte of an acknowledgement; also stands before each event that a semi-synchronous source sends. */
    public static final int MARK = 0xef;
    /** How much stands before such an event: the zero of every event, the mark, and whether it is to be acknowledged. */
    public static final int EVENT_HEADER = 3;
    private static final int FILE = 1 + Long.BYTES;

    /** Reads a packet; empty if it is no acknowledgement of a place that a log can have. */
    public static Optional<SemiSyncAck> read(ByteBuffer packet) {
        if (packet.remaining() <= FILE || (packet.get(0) & 0xff) != MARK) {
            return Optional.empty();
        }
        String file = StandardCharsets.UTF_8.decode(packet.slice(FILE, packet.remaining() - FILE)).toString();
        long position = packet.getLong(1);
        boolean possible = BinlogCoordinates.numberOf(file) > 0 && position >= BinlogCoordinates.HEAD && !file.contains("/")
                && !file.contains("\\");
        return possible ? Optional.of(new SemiSyncAck(new BinlogCoordinates(file, position))) : Optional.empty();
    }

    /** The packet, to be sent as a command. */
    public ByteBuffer payload() {
        byte[] file = end.file().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(FILE + file.length).order(ByteOrder.LITTLE_ENDIAN).put((byte) MARK).putLong(end.position()).put(file).flip();
    }
}
