package io.millrace.protocol;

import java.nio.ByteBuffer;

/**
 * Lets one packet hold several statements.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_set_option.html">COM_SET_OPTION</a>
 */
public record ComSetOption(boolean multiStatements) {

    public ByteBuffer payload() {
        return ByteBuffer.allocate(3).put(Commands.COM_SET_OPTION).put((byte) (multiStatements ? 0 : 1)).put((byte) 0).flip();
    }
}
