package io.millrace.protocol.compressed;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.millrace.protocol.login.Capability;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * A way to compress packets that both ends know. Each packet is compressed by itself. Any thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/connection-compression-control.html">Connection Compression Control</a>
 */
public enum Compression {
    /** Known to every server. */
    ZLIB(Capability.COMPRESS),
    /** MySQL 8.0.18 and later. */
    ZSTD(Capability.ZSTD_COMPRESSION);

    /** Level 3 is MySQL's default for zstd, the fastest that is small. */
    public static final int ZSTD_LEVEL = 3;

    private final int capability;

    Compression(int capability) {
        this.capability = capability;
    }

    /** The bit by which the two ends agree on it. */
    public int capability() {
        return capability;
    }

    byte[] compress(byte[] bytes, int offset, int length) {
        return switch (this) {
            case ZLIB -> deflate(bytes, offset, length);
            case ZSTD -> Zstd.compress(Arrays.copyOfRange(bytes, offset, offset + length), ZSTD_LEVEL);
        };
    }

    private static byte[] deflate(byte[] bytes, int offset, int length) {
        Deflater deflater = new Deflater();
        try {
            deflater.setInput(bytes, offset, length);
            deflater.finish();
            byte[] out = new byte[length + length / 1000 + 64];
            return Arrays.copyOf(out, deflater.deflate(out));
        } finally {
            deflater.end();
        }
    }

    /** @throws IOException if the bytes are not what was compressed */
    void decompress(byte[] from, int offset, int length, byte[] to, int toLength) throws IOException {
        long got = switch (this) {
            case ZLIB -> inflate(from, offset, length, to, toLength);
            case ZSTD -> unpack(from, offset, length, to, toLength);
        };
        if (got != toLength) {
            throw new IOException("a compressed packet of " + toLength + " bytes holds " + got);
        }
    }

    private static long inflate(byte[] from, int offset, int length, byte[] to, int toLength) throws IOException {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(from, offset, length);
            return inflater.inflate(to, 0, toLength);
        } catch (DataFormatException e) {
            throw new IOException("a compressed packet is damaged: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
    }

    private static long unpack(byte[] from, int offset, int length, byte[] to, int toLength) throws IOException {
        try {
            return Zstd.decompressByteArray(to, 0, toLength, from, offset, length);
        } catch (ZstdException e) {
            throw new IOException("a compressed packet is damaged: " + e.getMessage(), e);
        }
    }
}
