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
    private static final int BLOCK = 1 << 16;

    private final int number;
    private final TableName table;
    private final FileChannel channel;
    private final CompressionLevel level;
    private final TimedFile file;
    private final ZstdOutputStream out;
    private final CRC32C crc = new CRC32C();
    private final byte[] block = new byte[BLOCK];
    private int filled;
    private long rows;
    private long bytes;
    private long nanos;

    ChunkWriter(Path path, int number, TableName table, CompressionLevel level) throws IOException {
        this.number = number;
        this.table = table;
        this.level = level;
        this.channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.file = new TimedFile(channel);
        this.out = new ZstdOutputStream(new BufferedOutputStream(file, 1 << 16), level.next());
    }

    /** Adds a row, given as a line in an array-backed buffer. */
    public void row(ByteBuffer line) throws IOException {
        part(line, true);
    }

    /**
     * Adds a piece of a line, in an array-backed buffer.
     *
     * @param last whether a row ends with it
     */
    public void part(ByteBuffer line, boolean last) throws IOException {
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
        rows += last ? 1 : 0;
        bytes += length;
    }

    /** Rows are short, and every call of the compressor leaves the JVM. */
    private void compressBlock() throws IOException {
        compress(block, 0, filled);
        filled = 0;
    }

    private void compress(byte[] source, int offset, int length) throws IOException {
        long began = System.nanoTime();
        crc.update(source, offset, length);
        out.write(source, offset, length);
        nanos += System.nanoTime() - began;
    }

    /** The bytes so far, before compression. */
    public long bytes() {
        return bytes;
    }

    /** Makes the chunk durable and tells what it holds. */
    public Chunk finish() throws IOException {
        compressBlock();
        long closing = System.nanoTime();
        out.close();
        long closed = System.nanoTime();
        channel.force(true);
        level.took(nanos + closed - closing - file.nanos, file.nanos + System.nanoTime() - closed);
        channel.close();
        return new Chunk(number, table, rows, bytes, crc.getValue());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Ends the compressed frame at close, but leaves the file open, to be forced; tells how long writing took. */
    private static final class TimedFile extends FilterOutputStream {
        private long nanos;

        TimedFile(FileChannel channel) {
            super(Channels.newOutputStream(channel));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            long began = System.nanoTime();
            out.write(bytes, offset, length);
            nanos += System.nanoTime() - began;
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
