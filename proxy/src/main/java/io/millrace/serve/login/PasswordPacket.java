package io.millrace.serve.login;

import java.nio.charset.StandardCharsets;

/** A password as clients send it in the clear or encrypted: with a zero at its end. */
final class PasswordPacket {
    private PasswordPacket() {
    }

    static String text(byte[] packet) {
        int length = packet.length > 0 && packet[packet.length - 1] == 0 ? packet.length - 1 : packet.length;
        return new String(packet, 0, length, StandardCharsets.UTF_8);
    }
}
