package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Appends what arrives. The caller's thread writes. While more arrives, a second thread forces the file, so that the disk and the network
 * work at the same time, and one force covers everything that was written before it; when nothing does, the caller forces it, since
 * readers wait and each hand-over from thread to thread costs about as much as the disk.
 */
public final class RelayLogWriter implements AutoCloseable {
    private static final int BATCH = 1 << 20;

    private final RelayLog log;
    private final RelayLogFiles files;
    private final DurableEnd durable;
    private final ByteBuffer batch = ByteBuffer.allocateDirect(BATCH);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread syncer;

    private @Nullable FileChannel channel;
    private long boundary = -1;
    private long boundarySeconds;
    private String file = "";
    private long position;
    private long writtenTo;
    private @Nullable Whole written;
    private @Nullable IOException failure;
    private boolean closed;

    /** How far all is whole, and the time of the newest event up to there. */
    private record Whole(BinlogCoordinates end, long seconds) {}

    /** Only the thread that forces uses it. */
    private BinlogCoordinates indexed = BinlogCoordinates.headOf("none.000000");

    RelayLogWriter(RelayLog log, RelayLogFiles files, DurableEnd durable) throws RelayLogException {
        this.log = log;
        this.files = files;
        this.durable = durable;
        Optional<BinlogCoordinates> end = log.end();
        if (end.isPresent()) {
            file = end.get().file();
            position = end.get().position();
            writtenTo = position;
            boundary = position;
            channel = open(StandardOpenOption.WRITE);
            indexed = end.get(); // Recovery has indexed what is before it.
        }
        syncer = Thread.ofPlatform().daemon().name("relay-log-sync").start(this::syncUntilClosed);
    }

    /** The file that is being written; empty before the first {@link #startFile}. */
    public String file() {
        return file;
    }

    /** Where the next byte goes. */
    public long position() {
        return position;
    }

    /** Closes the file that is being written and begins another. */
    public void startFile(String name) throws RelayLogException {
        flush();
        awaitSynced();
        closeChannel();
        file = name;
        position = BinlogCoordinates.HEAD;
        writtenTo = position;
        boundary = position;
        channel = open(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            writeMagic();
        } catch (RelayLogException e) {
            dropFile(e);
            throw e;
        }
        files.add(name);
    }

    /** A file that was not begun, as on a full disk, must not be in the way when it is begun again. */
    private void dropFile(RelayLogException cause) {
        try {
            closeChannel();
            Files.deleteIfExists(files.path(file));
        } catch (RelayLogException | IOException e) {
            cause.addSuppressed(e);
        }
    }

    private void writeMagic() throws RelayLogException {
        try {
            FileChannel current = current();
            current.write(ByteBuffer.wrap(EventChannel.MAGIC), 0);
            current.force(true);
            Directories.force(files.directory());
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        }
    }

    /** Takes an event or a part of one. */
    public void append(ByteBuffer bytes) throws RelayLogException {
        position += bytes.remaining();
        while (bytes.remaining() > batch.remaining()) {
            int room = batch.remaining();
            batch.put(bytes.slice(bytes.position(), room));
            bytes.position(bytes.position() + room);
            writeBatch();
        }
        batch.put(bytes);
    }

    /**
     * Says that everything appended so far ends between two transactions.
     *
     * @param seconds since 1970, by the leader's clock, of the newest event; 0 if none has a time
     */
    public void markBoundary(long seconds) {
        boundary = position;
        boundarySeconds = seconds;
    }

    /** Hands the batch to the disk; readers see it as soon as it is durable. */
    public void flush() throws RelayLogException {
        writeBatch();
        handOver(true);
    }

    /** The same for a caller that has nothing else to do: on return it is durable, or will soon be. */
    public void force() throws RelayLogException {
        writeBatch();
        Whole whole = handOver(false);
        if (whole != null) {
            try {
                force(whole);
            } catch (IOException e) {
                throw new RelayLogException.Storage(files.path(file), e);
            }
        }
    }

    /**
     * Gives what is whole now to the second thread.
     *
     * @param idleToo whether also if that is idle
     * @return what is left to the caller, since the second thread is idle and will stay so
     */
    private @Nullable Whole handOver(boolean idleToo) throws RelayLogException {
        lock.lock();
        try {
            failIfBroken();
            if (boundary < 0 || new BinlogCoordinates(file, boundary).equals(durable.get())) {
                return null;
            }
            Whole whole = new Whole(new BinlogCoordinates(file, boundary), boundarySeconds);
            if (written == null && !idleToo) {
                return whole;
            }
            written = whole;
            changed.signalAll();
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void force(Whole whole) throws IOException {
        try {
            current().force(false);
        } catch (IOException e) {
            log.distrust();
            throw e;
        }
        durable.moveTo(whole.end());
        index(whole);
    }

    private void writeBatch() throws RelayLogException {
        batch.flip();
        try {
            while (batch.hasRemaining()) {
                writtenTo += current().write(batch, writtenTo);
            }
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        } finally {
            batch.clear();
        }
    }

    private void syncUntilClosed() {
        try {
            while (true) {
                Whole next = nextToSync();
                if (next == null) {
                    return;
                }
                force(next);
                signalSynced(next);
            }
        } catch (IOException e) {
            fail(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void index(Whole whole) {
        BinlogCoordinates end = whole.end();
        if (!end.file().equals(indexed.file())) {
            indexed = BinlogCoordinates.headOf(end.file());
        }
        if (end.position() - indexed.position() >= PositionIndex.STEP) {
            PositionIndex.add(files.path(end.file()), new PositionIndex.Entry(end.position(), whole.seconds()));
            indexed = end;
        }
    }

    private @Nullable Whole nextToSync() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed && written == null) {
                changed.await();
            }
            return closed ? null : written;
        } finally {
            lock.unlock();
        }
    }

    private void signalSynced(Whole next) {
        lock.lock();
        try {
            if (next.equals(written)) {
                written = null;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void fail(IOException e) {
        lock.lock();
        try {
            failure = e;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void failIfBroken() throws RelayLogException {
        if (failure != null) {
            throw new RelayLogException.Storage(files.path(file), failure);
        }
    }

    /** Waits until everything up to the last boundary that was flushed is durable. */
    public void awaitSynced() throws RelayLogException {
        lock.lock();
        try {
            while (written != null && failure == null) {
                changed.awaitUninterruptibly();
            }
            failIfBroken();
        } finally {
            lock.unlock();
        }
    }

    private FileChannel current() {
        FileChannel open = channel;
        if (open == null) {
            throw new IllegalStateException("an event came before the name of its file");
        }
        return open;
    }

    private FileChannel open(StandardOpenOption... options) throws RelayLogException {
        try {
            return FileChannel.open(files.path(file), options);
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        }
    }

    private void closeChannel() throws RelayLogException {
        try {
            if (channel != null) {
                channel.close();
                channel = null;
            }
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        }
    }

    /** Ends the writing: an unfinished transaction is cut off, to be streamed again. */
    @Override
    public void close() throws RelayLogException {
        stopSyncer();
        boolean interrupted = Thread.interrupted(); // An interrupted thread's channels close themselves.
        try {
            closeChannel();
            log.recover();
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void stopSyncer() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (syncer.isAlive()) {
            try {
                syncer.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
