package io.millrace.store;

import io.millrace.snapshot.Chunk;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Fails at the end of a chunk whose bytes are not those that were written. */
final class CheckedChunk extends FilterInputStream {
    private final Chunk chunk;
    private final Path file;
    private final CRC32C crc = new CRC32C();

    CheckedChunk(InputStream in, Chunk chunk, Path file) {
        super(in);
        this.chunk = chunk;
        this.file = file;
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        if (value < 0) {
            check();
        } else {
            crc.update(value);
        }
        return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        if (count < 0) {
            check();
        } else {
            crc.update(bytes, offset, count);
        }
        return count;
    }

    private void check() throws IOException {
        if (crc.getValue() != chunk.checksum()) {
            throw new IOException("the chunk " + file + " is damaged: its checksum does not fit; take a new snapshot");
        }
    }
}
