package io.millrace.binlog.event;

import java.nio.ByteBuffer;

/** Reads the 19 bytes in front of every event. */
public final class EventHeaderReader {
    private EventHeaderReader() {
    }

    /**
     * Reads at {@code offset}, without moving the buffer's position.
     *
     * @param bytes little-endian, with at least 19 bytes from {@code offset}
     */
    public static EventHeader read(ByteBuffer bytes, int offset) {
        return new EventHeader(Integer.toUnsignedLong(bytes.getInt(offset)), bytes.get(offset + 4) & 0xff,
                Integer.toUnsignedLong(bytes.getInt(offset + 5)), Integer.toUnsignedLong(bytes.getInt(offset + 9)),
                Integer.toUnsignedLong(bytes.getInt(offset + 13)), bytes.getShort(offset + 17) & 0xffff);
    }
}
