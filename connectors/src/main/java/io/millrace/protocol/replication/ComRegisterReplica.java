package io.millrace.protocol.replication;

import io.millrace.protocol.Commands;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Makes a replica visible in the leader's {@code SHOW REPLICAS}. The header calls it {@code COM_REGISTER_SLAVE}.
 *
 * @param host at most 60 bytes; where the replica says it can be reached
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_register_replica.html">COM_REGISTER_REPLICA</a>
 */
public record ComRegisterReplica(long serverId, String host, int port) {
    private static final int LONGEST_HOST = 60;

    /**
     * Reads what a replica says of itself, the command byte included; user and password, which a replica may tell, are left out.
     *
     * @throws IllegalArgumentException if the packet is cut off
     */
    public static ComRegisterReplica read(ByteBuffer packet) {
        ByteBuffer body = packet.duplicate().order(ByteOrder.LITTLE_ENDIAN).position(packet.position() + 1);
        try {
            long serverId = body.getInt() & 0xffffffffL;
            String host = text(body);
            text(body);
            text(body);
            return new ComRegisterReplica(serverId, host, body.getShort() & 0xffff);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("COM_REGISTER_SLAVE is cut off", e);
        }
    }

    private static String text(ByteBuffer body) {
        byte[] text = new byte[Math.min(body.get() & 0xff, body.remaining())];
        body.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    public ByteBuffer payload() {
        byte[] name = host.getBytes(StandardCharsets.US_ASCII);
        int length = Math.min(LONGEST_HOST, name.length);
        return ByteBuffer.allocate(18 + length).order(ByteOrder.LITTLE_ENDIAN).put(Commands.COM_REGISTER_SLAVE).putInt((int) serverId)
                .put((byte) length)
                .put(name, 0, length).put((byte) 0).put((byte) 0).putShort((short) port).putInt(0).putInt(0).flip();
    }
}
