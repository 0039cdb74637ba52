package io.millrace.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The statement was done and gives no rows.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html">OK_Packet</a>
 */
public record OkPacket(boolean moreResults) {
    /** The statement ran outside of a transaction. */
    static final short AUTOCOMMIT = 0x0002;
    /** Another result follows. */
    static final short MORE_RESULTS = 0x0008;

    static short status(boolean moreResults) {
        return (short) (AUTOCOMMIT | (moreResults ? MORE_RESULTS : 0));
    }

    public ByteBuffer payload() {
        return ByteBuffer.allocate(7).order(ByteOrder.LITTLE_ENDIAN).put((byte) 0).put((byte) 0).put((byte) 0).putShort(status(moreResults))
                .putShort((short) 0).flip();
    }
}
