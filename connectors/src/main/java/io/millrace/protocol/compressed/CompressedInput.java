package io.millrace.protocol.compressed;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Takes compressed packets off a stream and gives what was in them. Seven bytes stand before each: its length, a number, and the length
 * of what is in it, 0 where that was not worth compressing. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_compression_packet.html">Compressed Packet</a>
 */
public final class CompressedInput extends InputStream {
    static final int HEADER = 7;
    private static final int LENGTH_OF_CONTENT = 4;
    private static final int INITIAL = 64 * 1024;

    private final InputStream in;
    private final Compression compression;
    private byte[] raw = new byte[INITIAL];
    private int start;
    private int end;
    private byte[] plain = new byte[INITIAL];
    private int read;
    private int length;

    public CompressedInput(InputStream in, Compression compression) {
        this.in = in;
        this.compression = compression;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
        while (read == length) {
            if (!nextPacket()) {
                return -1;
            }
        }
        int given = Math.min(count, length - read);
        System.arraycopy(plain, read, bytes, offset, given);
        read += given;
        return given;
    }

    /** What can be read without waiting: whole packets only, since no part of one can be unpacked. */
    @Override
    public int available() throws IOException {
        int arrived = in.available();
        if (arrived > 0 && end < raw.length) {
            end += Math.max(0, in.read(raw, end, Math.min(arrived, raw.length - end)));
        }
        long available = (long) length - read;
        for (int at = start; end - at >= HEADER && end - at - HEADER >= threeBytes(at); at += HEADER + threeBytes(at)) {
            available += contentLength(at);
        }
        return (int) Math.min(Integer.MAX_VALUE, available);
    }

    private int threeBytes(int at) {
        return raw[at] & 0xff | (raw[at + 1] & 0xff) << 8 | (raw[at + 2] & 0xff) << 16;
    }

    private int contentLength(int at) {
        int content = threeBytes(at + LENGTH_OF_CONTENT);
        return content == 0 ? threeBytes(at) : content;
    }

    private boolean nextPacket() throws IOException {
        if (!require(HEADER)) {
            return false;
        }
        int packet = threeBytes(start);
        boolean compressed = threeBytes(start + LENGTH_OF_CONTENT) != 0;
        length = contentLength(start);
        read = length; // In case that the rest does not come.
        require(HEADER + packet);
        if (plain.length < length) {
            plain = new byte[Math.max(length, 2 * plain.length)];
        }
        if (compressed) {
            compression.decompress(raw, start + HEADER, packet, plain, length);
        } else {
            System.arraycopy(raw, start + HEADER, plain, 0, length);
        }
        read = 0;
        start += HEADER + packet;
        return true;
    }

    /** @return false where the stream ends between two packets */
    private boolean require(int count) throws IOException {
        if (start + count > raw.length) {
            raw = Arrays.copyOfRange(raw, start, start + Math.max(raw.length, count));
            end -= start;
            start = 0;
        }
        while (end - start < count) {
            int more = in.read(raw, end, raw.length - end);
            if (more < 0 && end == start && count == HEADER) {
                return false;
            }
            if (more < 0) {
                throw new EOFException("the connection was closed by the other side inside a compressed packet");
            }
            end += more;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
