package io.millrace.protocol;

import java.io.IOException;

/** The other side sends a packet larger than it may. */
public final class PacketTooLargeException extends IOException {
    PacketTooLargeException(int maxPacket) {
        super("a packet of more than " + maxPacket + " bytes");
    }
}
