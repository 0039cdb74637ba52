package io.millrace.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The server refused something.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_err_packet.html">ERR_Packet</a>
 */
public record ErrPacket(int code, String sqlState, String message) {
    /** The first byte of the packet. */
    public static final int MARK = 0xff;
    private static final int SQL_STATE_LENGTH = 5;

    /** Reads a packet whose first byte is {@link #MARK}. */
    public static ErrPacket read(ByteBuffer packet) {
        int code = packet.getShort(1) & 0xffff;
        boolean hasState = packet.limit() > 3 && packet.get(3) == '#';
        int messageStart = hasState ? 9 : 3;
        return new ErrPacket(code, hasState ? text(packet, 4, 5) : "HY000", text(packet, messageStart, packet.limit() - messageStart));
    }

    public ByteBuffer payload() {
        byte[] text = message.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(9 + text.length).order(ByteOrder.LITTLE_ENDIAN).put((byte) MARK).putShort((short) code).put((byte) '#')
                .put(sqlState.getBytes(StandardCharsets.US_ASCII), 0, SQL_STATE_LENGTH).put(text).flip();
    }

    private static String text(ByteBuffer packet, int start, int length) {
        byte[] text = new byte[length];
        packet.get(start, text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
