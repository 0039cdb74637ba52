package io.millrace.binlog.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** One whole event: its header and its bytes. Immutable as long as nobody writes to the array behind the bytes. */
public final class BinlogEvent {
    private final EventHeader header;
    private final ByteBuffer bytes;
    private final int checksumLength;

    /**
     * An event over bytes that the caller hands over.
     *
     * @param bytes the event from the first byte of its header to the last of its checksum
     * @param checksumLength 4 or 0
     */
    public BinlogEvent(EventHeader header, ByteBuffer bytes, int checksumLength) {
        this.header = header;
        this.bytes = bytes;
        this.checksumLength = checksumLength;
    }

    /** Reads the header of {@code bytes}, which hold one event and nothing else. */
    public static BinlogEvent of(ByteBuffer bytes, int checksumLength) {
        ByteBuffer whole = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        return new BinlogEvent(EventHeaderReader.read(whole, 0), whole, checksumLength);
    }

    public EventHeader header() {
        return header;
    }

    public int type() {
        return header.type();
    }

    /** A view of all bytes, from the header to the checksum; little-endian. */
    public ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A view of what stands between header and checksum; little-endian, its position at 0. */
    public ByteBuffer body() {
        return bytes.slice(EventHeader.SIZE, bytes.limit() - EventHeader.SIZE - checksumLength).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** 4 where the event ends in a CRC32, 0 where it has none. */
    public int checksumLength() {
        return checksumLength;
    }

    @Override
    public String toString() {
        return EventType.name(header.type()) + " of " + header.length() + " bytes";
    }
}
