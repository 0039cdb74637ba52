package io.millrace.protocol.login;

import io.millrace.protocol.TextRow;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The client's answer to the greeting: who it is and what it can do.
 *
 * @param capabilities see {@link Capability}
 * @param answer to the scramble; empty where the client has not given one yet
 * @param collation the number of the collation of what it sends and reads, its lowest byte; 0 where it does not say
 * @param database to be used from the first statement on; empty for none
 * @param plugin the method the answer was made with; empty for {@code mysql_native_password}
 * @param attributes what the client says of itself, such as {@code program_name}
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_response.html">Protocol::HandshakeResponse41</a>
 */
public record HandshakeResponse(int capabilities, int collation, String user, Bytes answer, String database, String plugin,
        Map<String, String> attributes) {
    private static final int COLLATION = 8;
    private static final int FIXED = 32;
    private static final int MOST_ATTRIBUTES = 64;

    public HandshakeResponse {
        attributes = Map.copyOf(attributes);
    }

    /** Whether the packet asks for encryption and nothing more: the answer proper then comes encrypted. */
    public static boolean asksForTls(ByteBuffer packet) {
        return packet.remaining() == FIXED && (packet.getInt(packet.position()) & Capability.SSL) != 0;
    }

    /** @throws IllegalArgumentException if the packet is none of protocol 4.1 */
    public static HandshakeResponse read(ByteBuffer packet) {
        try {
            int capabilities = packet.getInt(packet.position());
            if ((capabilities & Capability.PROTOCOL_41) == 0) {
                throw new IllegalArgumentException("the client does not speak protocol 4.1");
            }
            int collation = packet.get(packet.position() + COLLATION) & 0xff;
            packet.position(packet.position() + FIXED);
            String user = zeroEnded(packet);
            Bytes answer = answer(packet, capabilities);
            String database = (capabilities & Capability.CONNECT_WITH_DB) != 0 ? zeroEnded(packet) : "";
            String plugin = (capabilities & Capability.PLUGIN_AUTH) != 0 ? zeroEnded(packet) : "";
            boolean hasAttributes = (capabilities & Capability.CONNECT_ATTRS) != 0 && packet.hasRemaining();
            return new HandshakeResponse(capabilities, collation, user, answer, database, plugin, hasAttributes ? attributes(packet) : Map.of());
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("the client's handshake response is cut off", e);
        }
    }

    private static Bytes answer(ByteBuffer packet, int capabilities) {
        if ((capabilities & Capability.PLUGIN_AUTH_LENENC_CLIENT_DATA) != 0) {
            return take(packet, TextRow.nextLength(packet));
        }
        if ((capabilities & Capability.SECURE_CONNECTION) != 0) {
            return take(packet, packet.get() & 0xff);
        }
        return Bytes.of(zeroEnded(packet).getBytes(StandardCharsets.UTF_8));
    }

    private static Map<String, String> attributes(ByteBuffer packet) {
        long length = TextRow.nextLength(packet);
        ByteBuffer all = take(packet, length).view();
        Map<String, String> attributes = new LinkedHashMap<>();
        while (all.hasRemaining() && attributes.size() < MOST_ATTRIBUTES) {
            String name = take(all, TextRow.nextLength(all)).text();
            attributes.put(name, take(all, TextRow.nextLength(all)).text());
        }
        return attributes;
    }

    private static Bytes take(ByteBuffer packet, long length) {
        if (length < 0 || length > packet.remaining()) {
            throw new IllegalArgumentException("a length of " + length + " in a handshake response of " + packet.limit() + " bytes");
        }
        byte[] taken = new byte[(int) length];
        packet.get(taken);
        return Bytes.of(taken);
    }

    private static String zeroEnded(ByteBuffer packet) {
        int start = packet.position();
        int end = start;
        while (end < packet.limit() && packet.get(end) != 0) {
            end++;
        }
        byte[] text = new byte[end - start];
        packet.get(text);
        if (packet.hasRemaining()) {
            packet.get();
        }
        return new String(text, StandardCharsets.UTF_8);
    }
}
