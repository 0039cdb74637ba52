package io.millrace.protocol;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Takes frames and packets off a byte stream. What it returns is a view of its own buffer, good until the next call. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html">MySQL Packets</a>
 */
public final class PacketInput {
    /** The payload of a frame that is followed by another one of the same packet. */
    public static final int FULL_FRAME = 0xffffff;
    private static final int HEADER = 4;
    private static final int INITIAL_BUFFER = 256 * 1024;

    private final InputStream in;
    private int maxPacket;
    private byte[] buffer;
    private int start;
    private int end;
    private int frameLength;
    private int frameLeft;
    private int sequence;

    /** @param maxPacket the largest packet to take, in bytes */
    public PacketInput(InputStream in, int maxPacket) {
        this(in, maxPacket, INITIAL_BUFFER);
    }

    /** @param buffer what is taken off the stream at once, in bytes; it grows with the packets */
    public PacketInput(InputStream in, int maxPacket, int buffer) {
        this.in = in;
        this.maxPacket = maxPacket;
        this.buffer = new byte[buffer];
    }

    /** @param bytes the largest packet to take from now on */
    public void maxPacket(int bytes) {
        maxPacket = bytes;
    }

    /**
     * Waits for the next frame.
     *
     * @return its payload, little-endian, at most {@link #FULL_FRAME} bytes
     * @throws EOFException if the other side closed the connection
     */
    public ByteBuffer frame() throws IOException {
        head();
        require(frameLength);
        ByteBuffer payload = ByteBuffer.wrap(buffer, start, frameLength).slice().order(ByteOrder.LITTLE_ENDIAN);
        start += frameLength;
        return payload;
    }

    /**
     * Waits for the head of the next frame, whose payload {@link #part} then gives piece by piece: what is only handed on need not be held.
     *
     * @return the length of its payload
     */
    public int beginFrame() throws IOException {
        head();
        frameLeft = frameLength;
        return frameLength;
    }

    /** All of a frame that was begun and is short enough to be held. */
    public ByteBuffer wholeFrame() throws IOException {
        require(frameLeft);
        ByteBuffer payload = ByteBuffer.wrap(buffer, start, frameLeft).slice().order(ByteOrder.LITTLE_ENDIAN);
        start += frameLeft;
        frameLeft = 0;
        return payload;
    }

    /** The next piece of a frame that was begun, as much as is there; empty at its end. */
    public ByteBuffer part() throws IOException {
        if (frameLeft > 0 && start == end) {
            start = 0;
            end = 0;
            require(1);
        }
        int count = Math.min(frameLeft, end - start);
        ByteBuffer part = ByteBuffer.wrap(buffer, start, count).slice().order(ByteOrder.LITTLE_ENDIAN);
        start += count;
        frameLeft -= count;
        return part;
    }

    /** Whether the packet goes on in another frame after the last one. */
    public boolean continues() {
        return frameLength == FULL_FRAME;
    }

    /** The sequence number of the last frame. */
    public int sequence() {
        return sequence;
    }

    /** Waits for a whole packet, its frames joined. */
    public ByteBuffer packet() throws IOException {
        ByteBuffer first = frame();
        if (!continues()) {
            return first;
        }
        byte[] joined = new byte[FULL_FRAME * 2];
        int length = 0;
        ByteBuffer next = first;
        while (true) {
            if (length + next.remaining() > maxPacket) {
                frameLength = 0;
                throw new PacketTooLargeException(maxPacket);
            }
            if (length + next.remaining() > joined.length) {
                joined = Arrays.copyOf(joined, (int) Math.min(maxPacket, joined.length * 2L));
            }
            int size = next.remaining();
            next.get(joined, length, size);
            length += size;
            if (!continues()) {
                return ByteBuffer.wrap(joined, 0, length).order(ByteOrder.LITTLE_ENDIAN);
            }
            next = frame();
        }
    }

    /**
     * Takes what is left of a frame that was too large off the stream, without keeping it: who sends reads no answer before.
     *
     * @throws EOFException if the other side closed the connection
     */
    public void skipTooLarge() throws IOException {
        long left = (long) frameLength - (end - start);
        start = 0;
        end = 0;
        while (left > 0) {
            int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                throw new EOFException("the connection was closed by the other side");
            }
            left -= read;
        }
    }

    /** Whether the whole next frame has arrived, so that {@link #frame} will not wait. */
    public boolean hasWholeFrame() throws IOException {
        if (end - start < HEADER) {
            return false;
        }
        int length = buffer[start] & 0xff | (buffer[start + 1] & 0xff) << 8 | (buffer[start + 2] & 0xff) << 16;
        int missing = HEADER + length - (end - start);
        return missing <= 0 || in.available() >= missing;
    }

    /** Takes what was read ahead of the last frame: the stream goes on in another way. */
    public ByteBuffer takeReadAhead() {
        ByteBuffer ahead = ByteBuffer.allocate(end - start).put(buffer, start, end - start).flip();
        start = end;
        return ahead;
    }

    private void head() throws IOException {
        require(HEADER);
        frameLength = buffer[start] & 0xff | (buffer[start + 1] & 0xff) << 8 | (buffer[start + 2] & 0xff) << 16;
        sequence = buffer[start + 3] & 0xff;
        start += HEADER;
        if (frameLength > maxPacket) {
            throw new PacketTooLargeException(maxPacket);
        }
    }

    private void require(int count) throws IOException {
        if (end - start >= count) {
            return;
        }
        if (start + count > buffer.length) {
            makeRoom(count);
        }
        while (end - start < count) {
            int read = in.read(buffer, end, buffer.length - end);
            if (read < 0) {
                throw new EOFException("the connection was closed by the other side");
            }
            end += read;
        }
    }

    private void makeRoom(int count) {
        byte[] room = count > buffer.length ? new byte[Math.max(count + HEADER, (int) Math.min(buffer.length * 2L, FULL_FRAME + HEADER))] : buffer;
        System.arraycopy(buffer, start, room, 0, end - start);
        buffer = room;
        end -= start;
        start = 0;
    }
}
