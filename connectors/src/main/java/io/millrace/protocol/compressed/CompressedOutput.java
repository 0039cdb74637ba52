package io.millrace.protocol.compressed;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Sends compressed packets. Each {@link #write(byte[], int, int)} begins a command: its packets are numbered from 0. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_compression_packet.html">Compressed Packet</a>
 */
public final class CompressedOutput extends OutputStream {
    /** As the server does: shorter packets are sent as they are. */
    private static final int WORTH_COMPRESSING = 50;
    private static final int MOST = 1 << 20;

    private final OutputStream out;
    private final Compression compression;

    public CompressedOutput(OutputStream out, Compression compression) {
        this.out = out;
        this.compression = compression;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[]{(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int sent = 0;
        for (int number = 0; sent < length; number++) {
            int part = Math.min(MOST, length - sent);
            packet(bytes, offset + sent, part, number);
            sent += part;
        }
    }

    private void packet(byte[] bytes, int offset, int length, int number) throws IOException {
        byte[] small = length < WORTH_COMPRESSING ? bytes : compression.compress(bytes, offset, length);
        boolean compressed = length >= WORTH_COMPRESSING && small.length < length;
        int size = compressed ? small.length : length;
        byte[] packet = new byte[CompressedInput.HEADER + size];
        threeBytes(packet, 0, size);
        packet[3] = (byte) number;
        threeBytes(packet, 4, compressed ? length : 0);
        System.arraycopy(compressed ? small : bytes, compressed ? 0 : offset, packet, CompressedInput.HEADER, size);
        out.write(packet);
    }

    private static void threeBytes(byte[] to, int at, int value) {
        to[at] = (byte) value;
        to[at + 1] = (byte) (value >> 8);
        to[at + 2] = (byte) (value >> 16);
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
