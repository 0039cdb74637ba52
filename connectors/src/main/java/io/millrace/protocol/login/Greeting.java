package io.millrace.protocol.login;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The server's first packet.
 *
 * @param capabilities see {@link Capability}
 * @param plugin the method of authentication that the server proposes
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html">Protocol::HandshakeV10</a>
 */
public record Greeting(String serverVersion, long connectionId, Scramble scramble, int capabilities, String plugin) {
    private static final byte PROTOCOL_VERSION = 10;
    private static final int FIRST_PART = 8;
    private static final byte UTF8MB4_GENERAL_CI = 45;
    private static final short AUTOCOMMIT = 2;

    public ByteBuffer payload() {
        byte[] version = serverVersion.getBytes(StandardCharsets.UTF_8);
        byte[] method = plugin.getBytes(StandardCharsets.US_ASCII);
        byte[] random = scramble.toArray();
        ByteBuffer packet = ByteBuffer.allocate(47 + version.length + method.length).order(ByteOrder.LITTLE_ENDIAN);
        packet.put(PROTOCOL_VERSION).put(version).put((byte) 0).putInt((int) connectionId).put(random, 0, FIRST_PART).put((byte) 0);
        packet.putShort((short) capabilities).put(UTF8MB4_GENERAL_CI).putShort(AUTOCOMMIT).putShort((short) (capabilities >>> 16));
        packet.put((byte) (Scramble.LENGTH + 1)).put(new byte[10]).put(random, FIRST_PART, Scramble.LENGTH - FIRST_PART).put((byte) 0);
        return packet.put(method).put((byte) 0).flip();
    }
}
