package io.millrace.protocol.login;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Asks the client to authenticate by another method.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_auth_switch_request.html">Protocol::AuthSwitchRequest</a>
 */
public record AuthSwitchRequest(String plugin, Scramble scramble) {
    private static final byte MARK = (byte) 0xfe;

    public ByteBuffer payload() {
        byte[] method = plugin.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(method.length + Scramble.LENGTH + 3).put(MARK).put(method).put((byte) 0).put(scramble.bytes()).put((byte) 0)
                .flip();
    }
}
