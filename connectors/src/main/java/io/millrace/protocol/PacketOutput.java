package io.millrace.protocol;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Frames packets and writes each in one go, so that no small write waits for an acknowledgement. One thread. */
public final class PacketOutput {
    private static final int HEADER = 4;

    private final OutputStream out;

    public PacketOutput(OutputStream out) {
        this.out = out;
    }

    /** Starts a new command: its first frame has sequence number 0. */
    public void command(ByteBuffer payload) throws IOException {
        int frames = payload.remaining() / PacketInput.FULL_FRAME + 1;
        ByteBuffer framed = ByteBuffer.allocate(payload.remaining() + frames * HEADER);
        for (int sequence = 0; sequence < frames; sequence++) {
            int length = Math.min(PacketInput.FULL_FRAME, payload.remaining());
            framed.put((byte) length).put((byte) (length >> 8)).put((byte) (length >> 16)).put((byte) sequence);
            framed.put(payload.slice(payload.position(), length));
            payload.position(payload.position() + length);
        }
        out.write(framed.array(), 0, framed.position());
        out.flush();
    }
}
