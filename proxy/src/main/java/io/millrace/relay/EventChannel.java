package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventHeaderReader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.FormatDescription;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Events of one relay log file, one after the other, up to a limit that the caller names each time. One thread. */
final class EventChannel implements AutoCloseable {
    static final byte[] MAGIC = {(byte) 0xfe, 'b', 'i', 'n'};
    /** What is read at once, in bytes, where nothing else is asked for. */
    static final int BLOCK = 1 << 20;
    private static final int LARGEST_EVENT = 1 << 30;
    /** Larger events are mapped into memory, so that the heap need not hold them; for who reads small blocks a few blocks are large. */
    private static final int LARGE_EVENT = 4 << 20;
    private static final int LARGE_BLOCKS = 4;

    private final Path file;
    private final FileChannel channel;
    private final int blockSize;
    private ByteBuffer block = ByteBuffer.allocate(0);
    private long blockStart;
    private long position = BinlogCoordinates.HEAD;
    private int checksumLength;
    private Optional<BinlogEvent> format = Optional.empty();

    EventChannel(Path file) throws IOException {
        this(file, BLOCK);
    }

    EventChannel(Path file, int blockSize) throws IOException {
        this.file = file;
        this.blockSize = blockSize;
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    long position() {
        return position;
    }

    long size() throws IOException {
        return channel.size();
    }

    /** The format description at the head of the file, once it was read. */
    Optional<BinlogEvent> format() {
        return format;
    }

    /** Learns the file's format from its first event, then goes to {@code start}. */
    void seek(long start, long limit) throws IOException, RelayLogException {
        position = BinlogCoordinates.HEAD;
        if (start > position) {
            next(limit);
        }
        position = start;
    }

    /** The next event, if it ends at or below {@code limit}. Its bytes are never written to again. */
    Optional<BinlogEvent> next(long limit) throws IOException, RelayLogException {
        if (position + EventHeader.SIZE > limit || !load(EventHeader.SIZE, limit)) {
            return Optional.empty();
        }
        EventHeader header = EventHeaderReader.read(block, (int) (position - blockStart));
        if (header.length() < EventHeader.SIZE || header.length() > LARGEST_EVENT) {
            throw new RelayLogException.Corrupt(file, position, "an event of " + header.length() + " bytes");
        }
        if (position + header.length() > limit || !load((int) header.length(), limit)) {
            return Optional.empty();
        }
        ByteBuffer bytes = block.slice((int) (position - blockStart), (int) header.length()).order(ByteOrder.LITTLE_ENDIAN);
        position += header.length();
        if (header.type() == EventType.FORMAT_DESCRIPTION) {
            checksumLength = FormatDescription.read(bytes).checksumLength();
            format = Optional.of(new BinlogEvent(header, bytes, checksumLength));
        }
        return Optional.of(new BinlogEvent(header, bytes, checksumLength));
    }

    /** Fills a buffer with the bytes from the position to {@code limit}, as many as it takes, without going on. */
    void peek(long limit, ByteBuffer into) throws IOException {
        into.limit(into.position() + (int) Math.max(0, Math.min(into.remaining(), limit - position)));
        int start = into.position();
        fill(into, position - start);
        into.limit(into.position()).position(start);
    }

    /** Goes on to where another event of the file begins. */
    void skipTo(long next) {
        position = next;
    }

    /** Gives the memory back that was read ahead: for a reader that has nothing to do for a while. */
    void release() {
        block = ByteBuffer.allocate(0);
        blockStart = position;
    }

    /**
     * Makes {@code count} bytes from the position available in the block: a new block each time, since events are views of it, and
     * never a byte past {@code limit}, since those may still change.
     */
    private boolean load(int count, long limit) throws IOException {
        if (position >= blockStart && position + count <= blockStart + block.limit()) {
            return true;
        }
        if (count > Math.min(LARGE_EVENT, LARGE_BLOCKS * blockSize)) {
            block = channel.map(FileChannel.MapMode.READ_ONLY, position, count).order(ByteOrder.LITTLE_ENDIAN);
            blockStart = position;
            return true;
        }
        ByteBuffer fresh = ByteBuffer.allocate((int) Math.min(Math.max(blockSize, count), limit - position)).order(ByteOrder.LITTLE_ENDIAN);
        fill(fresh, position);
        block = fresh.flip();
        blockStart = position;
        return block.limit() >= count;
    }

    private void fill(ByteBuffer bytes, long from) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, from + bytes.position()) < 0) {
                return;
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
