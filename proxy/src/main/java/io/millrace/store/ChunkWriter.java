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

    private final int number;
    private final TableName table;
    private final FileChannel channel;
    private final ZstdOutputStream out;
    private final CRC32C crc = new CRC32C();
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
        crc.update(line.array(), offset, line.remaining());
        out.write(line.array(), offset, line.remaining());
        rows++;
        bytes += line.remaining();
    }

    /** The bytes so far, before compression. */
    public long bytes() {
        return bytes;
    }

    /** Makes the chunk durable and tells what it holds. */
    public Chunk finish() throws IOException {
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
