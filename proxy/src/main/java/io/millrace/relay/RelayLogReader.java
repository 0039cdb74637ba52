package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.RotateEvent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Follows the log from given coordinates across its files, and never sees more than what is durable and whole. One thread. */
public final class RelayLogReader implements AutoCloseable {
    private final RelayLogFiles files;
    private final DurableEnd durable;
    private final int blockSize;
    private String file;
    private EventChannel channel;

    RelayLogReader(RelayLogFiles files, DurableEnd durable, BinlogCoordinates from, int blockSize) throws RelayLogException {
        this.files = files;
        this.durable = durable;
        this.blockSize = blockSize;
        this.file = from.file();
        this.channel = open(from);
    }

    /** Where the next event begins. */
    public BinlogCoordinates position() {
        return new BinlogCoordinates(file, channel.position());
    }

    /** The format of the events of the file that is being read; empty as long as the file has none. */
    public Optional<BinlogEvent> format() {
        return channel.format();
    }

    /** Goes to other coordinates of the log. */
    public void seek(BinlogCoordinates to) throws RelayLogException {
        EventChannel next = open(to);
        close();
        file = to.file();
        channel = next;
    }

    /** The next event if there is one now. */
    public Optional<BinlogEvent> poll() throws RelayLogException {
        try {
            Optional<BinlogEvent> event = channel.next(limit());
            if (event.isPresent() || !advance()) {
                return event;
            }
            return channel.next(limit());
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        }
    }

    /**
     * Shows what stands in the file from the position on, without going on: whole events, and the beginning of another one; nothing where
     * the next event is not durable yet or stands in the next file.
     *
     * @param into is filled from its position on; what was shown is what remains of it then
     */
    public void peek(ByteBuffer into) throws RelayLogException {
        try {
            channel.peek(limit(), into);
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        }
    }

    /** Goes on behind events that {@link #peek} has shown. */
    public void skipTo(BinlogCoordinates next) {
        if (!next.file().equals(file) || next.position() < channel.position()) {
            throw new IllegalArgumentException(next + " is not ahead of " + position() + " in its file");
        }
        channel.skipTo(next.position());
    }

    /** The next event, for which it waits as long as {@code patience}. */
    public Optional<BinlogEvent> next(Duration patience) throws RelayLogException, InterruptedException {
        Optional<BinlogEvent> event = poll();
        if (event.isPresent() || !durable.awaitPast(position(), patience.toNanos())) {
            return event;
        }
        return poll();
    }

    /** Waits until there is more of the log than was read, or the time is over; tells which. */
    public boolean await(Duration patience) throws InterruptedException {
        channel.release();
        return durable.awaitPast(position(), patience.toNanos());
    }

    /** How many bytes of the log lie before the reader. */
    public long bytesBehind() {
        BinlogCoordinates end = durable.get();
        if (end == null) {
            return 0;
        }
        if (end.file().equals(file)) {
            return end.position() - channel.position();
        }
        long behind = files.path(file).toFile().length() - channel.position() + end.position();
        for (Optional<String> next = files.after(file); next.isPresent() && !next.get().equals(end.file()); next = files.after(next.get())) {
            behind += files.path(next.get()).toFile().length();
        }
        return behind;
    }

    private long limit() throws IOException {
        BinlogCoordinates end = durable.get();
        if (end == null) {
            return BinlogCoordinates.HEAD;
        }
        if (end.file().equals(file)) {
            return end.position();
        }
        return BinlogCoordinates.numberOf(file) < end.fileNumber() ? channel.size() : BinlogCoordinates.HEAD;
    }

    /** At the end of a closed file: goes on with the next one. */
    private boolean advance() throws IOException, RelayLogException {
        BinlogCoordinates end = durable.get();
        if (end == null || end.file().equals(file) || channel.position() < channel.size()) {
            return false;
        }
        Optional<String> next = files.after(file);
        if (next.isEmpty()) {
            throw new RelayLogException.Missing(position(), files.first().orElse("nothing")); // It was purged while it was read.
        }
        if (BinlogCoordinates.numberOf(next.get()) != BinlogCoordinates.numberOf(file) + 1 && !rotatesTo(next.get())) {
            throw new RelayLogException.Corrupt(files.path(file), channel.position(), "the file after it is missing, " + next.get() + " is the next");
        }
        seek(BinlogCoordinates.headOf(next.get()));
        return true;
    }

    /** A server that finds a file with a higher number in its folder goes on after that one. */
    private boolean rotatesTo(String next) throws IOException, RelayLogException {
        try (EventChannel whole = new EventChannel(files.path(file), blockSize)) {
            String named = "";
            for (Optional<BinlogEvent> event = whole.next(whole.size()); event.isPresent(); event = whole.next(whole.size())) {
                named = event.get().type() == EventType.ROTATE ? RotateEvent.read(event.get().body()).next().file() : "";
            }
            return named.equals(next);
        }
    }

    private EventChannel open(BinlogCoordinates at) throws RelayLogException {
        Path path = files.path(at.file());
        try {
            EventChannel opened = new EventChannel(path, blockSize);
            opened.seek(at.position(), opened.size());
            return opened;
        } catch (IOException e) {
            throw new RelayLogException.Storage(path, e);
        }
    }

    @Override
    public void close() throws RelayLogException {
        try {
            channel.close();
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        }
    }
}
