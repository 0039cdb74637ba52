package io.millrace.store;

import com.github.luben.zstd.ZstdOutputStream;
import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.TableName;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/** One chunk file being written: compressed, counted, and forced at its end. One thread. */
public final class ChunkWriter implements AutoCloseable {
    private static final int LEVEL = 1;
    private static final int BLOCK = 1 << 16;

    private final int number;
    private final TableName table;
    private final FileChannel channel;
    private final ZstdOutputStream out;
    private final CRC32C crc = new CRC32C();
    private final byte[] block = new byte[BLOCK];
    private int filled;
    private long rows;
    private long bytes;

    ChunkWriter(Path file, int number, TableName table) throws IOException {
        this.number = number;
        this.table = table;
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.out = new ZstdOutputStream(new BufferedOutputStream(new KeptOpen(channel), 1 << 16), LEVEL);
    }

    /** Adds a row, given as a line in an array-backed buffer. */
    public void row(ByteBuffer line) throws IOException {
        int offset = line.arrayOffset() + line.position();
        int length = line.remaining();
        if (length > block.length - filled) {
            compressBlock();
        }
        if (length > block.length) {
            compress(line.array(), offset, length);
        } else {
            System.arraycopy(line.array(), offset, block, filled, length);
            filled += length;
        }
        rows++;
        bytes += length;
    }

    /** Rows are short, and every call of the compressor leaves the JVM. */
    private void compressBlock() throws IOException {
        compress(block, 0, filled);
        filled = 0;
    }

    private void compress(byte[] source, int offset, int length) throws IOException {
        crc.update(source, offset, length);
        out.write(source, offset, length);
    }

    /** The bytes so far, before compression. */
    public long bytes() {
        return bytes;
    }

    /** Makes the chunk durable and tells what it holds. */
    public Chunk finish() throws IOException {
        compressBlock();
        out.close();
        channel.force(true);
        channel.close();
        return new Chunk(number, table, rows, bytes, crc.getValue());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Ends the compressed frame at close, but leaves the file open, to be forced. */
    private static final class KeptOpen extends FilterOutputStream {
        KeptOpen(FileChannel channel) {
            super(Channels.newOutputStream(channel));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
