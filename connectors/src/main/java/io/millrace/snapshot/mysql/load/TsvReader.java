package io.millrace.snapshot.mysql.load;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads back the lines that {@link io.millrace.snapshot.mysql.TsvEncoder} wrote. One thread. */
final class TsvReader {
    private final InputStream in;
    private final int columns;
    private final long mostRowBytes;
    private long rowBytes;

    TsvReader(InputStream in, int columns) {
        this(in, columns, Long.MAX_VALUE);
    }

    /** @param mostRowBytes how long a row may be; more are not read */
    TsvReader(InputStream in, int columns, long mostRowBytes) {
        this.in = new BufferedInputStream(in, 1 << 16);
        this.columns = columns;
        this.mostRowBytes = mostRowBytes;
    }

    /** A row is longer than it may be. */
    static final class TooLong extends IOException {
        TooLong(long bytes) {
            super("a row is longer than " + (bytes >> 20) + " MiB");
        }
    }

    /** The values of the next row, NULL as empty; an empty list after the last row. */
    List<Optional<ByteBuffer>> next() throws IOException {
        List<Optional<ByteBuffer>> row = new ArrayList<>(columns);
        rowBytes = 0;
        while (row.size() < columns) {
            ByteArrayOutputStream value = new ByteArrayOutputStream();
            boolean isNull = false;
            int read = in.read();
            if (read < 0 && row.isEmpty()) {
                return List.of();
            }
            while (read != '\t' && read != '\n') {
                if (read < 0) {
                    throw new EOFException("a chunk ends inside a row");
                }
                if (read == '\\') {
                    int escaped = in.read();
                    isNull |= escaped == 'N';
                    value.write(escaped == '0' ? 0 : escaped);
                } else {
                    value.write(read);
                }
                if (++rowBytes > mostRowBytes) {
                    throw new TooLong(mostRowBytes);
                }
                read = in.read();
            }
            row.add(isNull ? Optional.empty() : Optional.of(ByteBuffer.wrap(value.toByteArray())));
        }
        return row;
    }
}
