package io.millrace.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Frames packets one behind the other into a buffer that is then sent in one go. A packet of 16 MiB and more is cut into several frames,
 * the last of them shorter than the others, be it empty. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html">MySQL Packets</a>
 */
public final class PacketFrames {
    private static final int HEADER = 4;
    private static final int INITIAL = 1024;

    private ByteBuffer buffer = ByteBuffer.allocate(INITIAL).order(ByteOrder.LITTLE_ENDIAN);
    private int sequence;
    private long left;
    private int frameLength;
    private int frameLeft;

    /** The number of the next frame; only its low eight bits are sent. */
    public void sequence(int next) {
        sequence = next;
    }

    /** The number of the next frame, as {@link #sequence(int)} takes it. */
    public int sequence() {
        return sequence;
    }

    /** Begins a packet of a known length, which {@link #put} then fills. */
    public void begin(long payloadLength) {
        left = payloadLength;
        cutFrame();
    }

    private void cutFrame() {
        frameLength = (int) Math.min(PacketInput.FULL_FRAME, left);
        frameLeft = frameLength;
        room(HEADER).putInt(frameLength | (sequence++ & 0xff) << 24);
    }

    /** Adds the next part of the packet. */
    public void put(ByteBuffer part) {
        while (part.hasRemaining()) {
            int count = Math.min(part.remaining(), frameLeft);
            if (count == 0) {
                throw new IllegalStateException("a packet is longer than it said it was");
            }
            room(count).put(buffer.position(), part, part.position(), count).position(buffer.position() + count);
            part.position(part.position() + count);
            frameLeft -= count;
            left -= count;
            if (frameLeft == 0 && frameLength == PacketInput.FULL_FRAME) {
                cutFrame();
            }
        }
    }

    /** Adds the next byte of the packet, which must not be the last of a full frame. */
    public void put(int value) {
        room(1).put((byte) value);
        frameLeft--;
        left--;
    }

    /** Begins a frame as somebody else has cut it; {@link #raw} fills it. */
    public void beginFrame(int length) {
        room(HEADER).putInt(length | (sequence++ & 0xff) << 24);
    }

    /** Adds the next piece of a frame that was begun by {@link #beginFrame(int)}. */
    public void raw(ByteBuffer part) {
        room(part.remaining()).put(part);
    }

    /** Adds a whole packet. */
    public void add(ByteBuffer payload) {
        begin(payload.remaining());
        put(payload);
    }

    /** How many bytes wait to be taken. */
    public int size() {
        return buffer.position();
    }

    /** Takes everything that was added; good until the next call. */
    public ByteBuffer take() {
        ByteBuffer taken = buffer.duplicate().flip();
        buffer.clear();
        return taken;
    }

    /** Gives memory back, where nothing waits to be taken: for a connection that has nothing to do for a while. */
    public void release() {
        if (buffer.position() == 0 && buffer.capacity() > INITIAL) {
            buffer = ByteBuffer.allocate(INITIAL).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private ByteBuffer room(int count) {
        if (buffer.remaining() < count) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(buffer.capacity() * 2, buffer.position() + count)).order(ByteOrder.LITTLE_ENDIAN);
            buffer = larger.put(buffer.flip());
        }
        return buffer;
    }
}
