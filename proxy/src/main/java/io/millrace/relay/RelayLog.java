package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.PreviousGtidsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The durable copy of one leader's binlog, in one directory. One {@link RelayLogWriter} appends, any number of
 * {@link RelayLogReader}s follow; every other method may be called from any thread.
 */
public final class RelayLog {
    /** Format description, perhaps the start of encryption, the GTIDs before. */
    private static final int HEAD_EVENTS = 3;
    /** More than stands between two transactions, be it between two files. */
    private static final int FAR_ENOUGH = 16;
    private static final int HEADS = 8 * 1024;

    private final RelayLogFiles files;
    private final DurableEnd durable = new DurableEnd();
    private volatile @Nullable BinlogCoordinates lastEvent;
    private volatile boolean unrecovered;
    private volatile boolean distrusted;

    private RelayLog(RelayLogFiles files) {
        this.files = files;
    }

    /**
     * Opens the log and cuts a torn tail to the last whole transaction.
     *
     * @param directory is made where it does not exist
     */
    public static RelayLog open(Path directory) throws RelayLogException {
        try {
            Files.createDirectories(directory);
            RelayLog log = new RelayLog(new RelayLogFiles(directory));
            log.recover();
            return log;
        } catch (IOException e) {
            throw new RelayLogException.Storage(directory, e);
        }
    }

    /** Cuts the last file to its last whole transaction; the writer must be closed. */
    void recover() throws IOException {
        Optional<String> last = files.last();
        if (last.isPresent()) {
            if (distrusted) {
                Recovery.cut(files.path(last.get()), durableIn(last.get()));
                distrusted = false;
            }
            Recovery.Result result;
            try {
                result = Recovery.recover(files.path(last.get()));
            } catch (IOException e) {
                distrusted = durable.get() != null; // It may be the disk that failed, of which the next try would hear nothing.
                throw e;
            }
            lastEvent = new BinlogCoordinates(last.get(), result.lastEvent());
            durable.moveTo(new BinlogCoordinates(last.get(), result.end()));
        }
        unrecovered = false;
    }

    /**
     * The disk has refused to make something durable. Whoever asks again is told that all is well, since the bytes are still in memory and
     * count as clean: what lies behind the durable end is not believed any more.
     */
    void distrust() {
        distrusted = true;
    }

    private long durableIn(String file) {
        BinlogCoordinates end = durable.get();
        return end != null && end.file().equals(file) ? end.position() : BinlogCoordinates.HEAD;
    }

    /** Cuts the last file where the end of the last writer could not, such as on a full disk; there must be no writer. */
    public void recoverIfNeeded() throws RelayLogException {
        if (unrecovered) {
            try {
                recover();
            } catch (IOException e) {
                throw new RelayLogException.Storage(files.directory(), e);
            }
        }
    }

    /** Up to here everything is whole and durable; empty in a new log. */
    public Optional<BinlogCoordinates> end() {
        return Optional.ofNullable(durable.get());
    }

    /** Where the last whole event begins, as of the last {@link #open} or closed writer. */
    public Optional<BinlogCoordinates> lastEvent() {
        return Optional.ofNullable(lastEvent);
    }

    /** The files' names, oldest first. */
    public List<String> fileNames() {
        return files.names();
    }

    /** The identity of the leader whose log this is: the name of its directory. */
    public String leader() {
        return String.valueOf(files.directory().getFileName());
    }

    public Path path(String file) {
        return files.path(file);
    }

    /** Waits until the log is durable up to {@code wanted}; tells whether it is. */
    public boolean awaitEnd(BinlogCoordinates wanted, Duration patience) throws InterruptedException {
        long before = wanted.position() - 1;
        if (before < BinlogCoordinates.HEAD) {
            return files.contains(wanted.file()) || durable.awaitPast(wanted, patience.toNanos());
        }
        return durable.awaitPast(wanted.at(before), patience.toNanos());
    }

    /** Waits until more is durable than now, or the time is over. */
    public void awaitGrowth(Duration patience) throws InterruptedException {
        durable.awaitPast(end().orElse(BinlogCoordinates.headOf("none.000000")), patience.toNanos());
    }

    /**
     * Opens a reader.
     *
     * @throws RelayLogException.Missing if the coordinates are not in the log
     */
    public RelayLogReader read(BinlogCoordinates from) throws RelayLogException {
        return read(from, EventChannel.BLOCK);
    }

    /**
     * Opens one of many readers, of which each may take little memory.
     *
     * @param blockSize what is read at once, in bytes
     * @throws RelayLogException.Missing if the coordinates are not in the log
     */
    public RelayLogReader read(BinlogCoordinates from, int blockSize) throws RelayLogException {
        if (!files.contains(from.file())) {
            throw new RelayLogException.Missing(from, files.first().orElse("nothing"));
        }
        return new RelayLogReader(files, durable, from, blockSize);
    }

    /** Opens the writer; there must be no other. */
    public RelayLogWriter write() throws RelayLogException {
        unrecovered = true;
        return new RelayLogWriter(this, files, durable);
    }

    /**
     * The GTIDs of everything before a file, as the leader wrote them at its head.
     *
     * @return empty where the leader writes no GTIDs of MySQL's kind
     */
    public Optional<GtidSet> gtidsBefore(String file) throws RelayLogException {
        return head(file, EventType.PREVIOUS_GTIDS).map(event -> PreviousGtidsReader.read(event.body()));
    }

    /** The same of MariaDB: the last GTID of each domain and server, as text. */
    public Optional<String> mariaDbGtidsBefore(String file) throws RelayLogException {
        return head(file, EventType.MARIADB_GTID_LIST).map(event -> PreviousGtidsReader.readMariaDb(event.body()));
    }

    private Optional<BinlogEvent> head(String file, int type) throws RelayLogException {
        Path path = files.path(file);
        try (EventChannel events = new EventChannel(path)) {
            for (int i = 0; i < HEAD_EVENTS; i++) {
                Optional<BinlogEvent> event = events.next(events.size());
                if (event.isPresent() && event.get().type() == type) {
                    return event;
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new RelayLogException.Storage(path, e);
        }
    }

    /** Whether the log has an event that begins there, or ends there as the last. */
    public boolean hasEventAt(BinlogCoordinates at) throws RelayLogException {
        BinlogCoordinates end = durable.get();
        if (end == null || !files.contains(at.file()) || at.compareTo(end) > 0) {
            return false;
        }
        Path path = files.path(at.file());
        try {
            return EventPositions.begins(path, at.position(), size(at.file()));
        } catch (IOException e) {
            throw new RelayLogException.Storage(path, e);
        }
    }

    /** How long a file is, in bytes, up to where it is durable. */
    public long size(String file) throws RelayLogException {
        BinlogCoordinates end = durable.get();
        try {
            return end != null && end.file().equals(file) ? end.position() : Files.size(files.path(file));
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        }
    }

    /**
     * When the newest event of a file that is not written to any more was written, by the leader's clock; the file's own time if no
     * event has one, or if one claims to come from the future, as whoever sets TIMESTAMP can make it.
     */
    public Instant newest(String file) throws RelayLogException {
        Path path = files.path(file);
        try {
            Instant arrived = Files.getLastModifiedTime(path).toInstant();
            Instant written = Instant.ofEpochSecond(Recovery.newest(path));
            return written.equals(Instant.EPOCH) || written.isAfter(arrived) ? arrived : written;
        } catch (IOException e) {
            throw new RelayLogException.Storage(path, e);
        }
    }

    /** How many bytes of the log lie after some coordinates; those of files that are not there count as none. */
    public long bytesAfter(BinlogCoordinates coordinates) {
        BinlogCoordinates end = durable.get();
        if (end == null || coordinates.compareTo(end) >= 0) {
            return 0;
        }
        long bytes = end.position() - (end.file().equals(coordinates.file()) ? coordinates.position() : 0);
        for (String name : files.names()) {
            if (BinlogCoordinates.numberOf(name) >= coordinates.fileNumber() && BinlogCoordinates.numberOf(name) < end.fileNumber()) {
                bytes += files.path(name).toFile().length() - (name.equals(coordinates.file()) ? coordinates.position() : 0);
            }
        }
        return bytes;
    }

    /** When the leader began to log the first transaction at these coordinates or soon after them, by its clock; empty where there is none. */
    public Optional<Instant> nextTransaction(BinlogCoordinates from) throws RelayLogException {
        try (RelayLogReader reader = read(from, HEADS)) {
            Optional<BinlogEvent> event = reader.poll();
            for (int i = 0; i < FAR_ENOUGH && event.isPresent(); i++) {
                if (EventType.isGtid(event.get().type()) || event.get().type() == EventType.QUERY) {
                    return Optional.of(Instant.ofEpochSecond(event.get().header().timestamp()));
                }
                event = reader.poll();
            }
            return Optional.empty();
        }
    }

    /** Deletes a file that nobody needs any more; the last file stays. */
    public void purge(String file) throws RelayLogException {
        if (files.last().filter(file::equals).isPresent()) {
            throw new IllegalArgumentException("the last file of a relay log is never purged: " + file);
        }
        files.remove(file);
        try {
            Files.deleteIfExists(files.path(file));
            Files.deleteIfExists(PositionIndex.of(files.path(file)));
        } catch (IOException e) {
            throw new RelayLogException.Storage(files.path(file), e);
        }
    }
}
