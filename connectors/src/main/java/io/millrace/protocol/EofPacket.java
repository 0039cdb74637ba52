package io.millrace.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The end of columns, rows, or a stream of events.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_eof_packet.html">EOF_Packet</a>
 */
public record EofPacket(boolean moreResults) {
    /** The first byte of the packet. */
    public static final int MARK = 0xfe;

    public ByteBuffer payload() {
        return ByteBuffer.allocate(5).order(ByteOrder.LITTLE_ENDIAN).put((byte) MARK).putShort((short) 0).putShort(OkPacket.status(moreResults))
                .flip();
    }
}
