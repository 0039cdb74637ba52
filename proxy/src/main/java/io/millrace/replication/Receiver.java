package io.millrace.replication;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.RotateEvent;
import io.millrace.binlog.event.TransactionScanner;
import io.millrace.leader.EventPart;
import io.millrace.leader.EventStream;
import io.millrace.leader.Leader;
import io.millrace.leader.LeaderException;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import io.millrace.relay.RelayLogWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Streams from the leader into the relay log, byte for byte. It starts again with the last event that it has, so that the first bytes
 * that arrive prove that the leader's log is still the one it copied. One thread.
 */
public final class Receiver {
    private static final int FLUSH_BYTES = 4 << 20;

    private final Leader leader;
    private final RelayLog log;
    private final ReceiverProgress progress;
    private final TransactionScanner scanner = new TransactionScanner();

    private boolean skipFormat;
    private Optional<BinlogEvent> expected = Optional.empty();
    private TransactionScanner.Step step = TransactionScanner.Step.OUTSIDE;
    private boolean storing;
    private long unflushed;
    private Optional<BinlogCoordinates> awaited = Optional.empty();
    private long newest;

    public Receiver(Leader leader, RelayLog log, ReceiverProgress progress) {
        this.leader = leader;
        this.log = log;
        this.progress = progress;
    }

    /**
     * Receives until something fails.
     *
     * @param start where a new log begins; an old one goes on where it ends
     * @throws LeaderException when the stream ends, whatever the cause
     * @throws RelayLogException when the log cannot be written
     */
    public void receive(BinlogCoordinates start) throws LeaderException, RelayLogException {
        log.recoverIfNeeded();
        BinlogCoordinates from = log.lastEvent().orElse(start);
        expected = lastEvent(from);
        awaited = Optional.empty();
        scanner.reset();
        try (EventStream stream = leader.stream(from, log.leader()); RelayLogWriter writer = log.write()) {
            progress.connected();
            while (true) {
                EventPart part = next(stream, writer);
                if (part.header().isHeartbeat()) {
                    progress.hasAll();
                }
                accept(part, stream, writer);
                if (part.last() && part.acknowledge()) {
                    awaited = Optional.of(new BinlogCoordinates(writer.file(), writer.position()));
                }
                boolean idle = !stream.hasArrived();
                if (idle || unflushed >= FLUSH_BYTES) {
                    flush(writer, idle);
                    acknowledge(stream, writer);
                }
            }
        }
    }

    private EventPart next(EventStream stream, RelayLogWriter writer) throws LeaderException {
        try {
            return stream.next();
        } catch (LeaderException.Diverged e) {
            if (expected.isPresent() || writer.file().isEmpty()) {
                throw e;
            }
            throw new LeaderException.Unsupported("The leader cannot send what stands in its log after " + writer.file() + ":" + writer.position()
                    + ", of which it sent everything before: " + e.getMessage(), e);
        }
    }

    private void flush(RelayLogWriter writer, boolean idle) throws RelayLogException {
        progress.arrived(unflushed > 0 ? newest : 0);
        if (unflushed > 0) {
            if (idle) {
                writer.force();
            } else {
                writer.flush();
            }
            progress.stored();
            unflushed = 0;
        }
    }

    /** One word for all that has become durable at once. */
    private void acknowledge(EventStream stream, RelayLogWriter writer) throws LeaderException, RelayLogException {
        if (awaited.isPresent()) {
            writer.awaitSynced();
            stream.acknowledge(awaited.get());
            progress.acknowledged(awaited.get());
            awaited = Optional.empty();
        }
    }

    private Optional<BinlogEvent> lastEvent(BinlogCoordinates at) throws RelayLogException {
        if (log.end().isEmpty() || log.lastEvent().isEmpty()) {
            return Optional.empty();
        }
        try (RelayLogReader reader = log.read(at)) {
            return reader.poll().filter(event -> event.type() != EventType.MARIADB_START_ENCRYPTION); // Which does not come again in its place.
        }
    }

    private void accept(EventPart part, EventStream stream, RelayLogWriter writer) throws LeaderException, RelayLogException {
        if (part.first()) {
            storing = begins(part, stream, writer);
        }
        if (!storing) {
            return;
        }
        if (part.header().timestamp() != 0) {
            newest = part.header().timestamp();
        }
        unflushed += part.bytes().remaining();
        writer.append(part.bytes());
        if (part.last()) {
            checkPosition(part.header(), writer);
            if (step != TransactionScanner.Step.INSIDE) {
                writer.markBoundary(newest);
            }
        }
    }

    /** Decides whether an event belongs into the file, and follows the leader from file to file. */
    private boolean begins(EventPart part, EventStream stream, RelayLogWriter writer) throws LeaderException, RelayLogException {
        EventHeader header = part.header();
        // The checksum must not be read as the end of a statement: BEGIN would not be known any more.
        int end = part.bytes().limit() - (part.last() ? stream.checksumLength() : 0);
        if (header.type() == EventType.ROTATE && (header.isArtificial() || header.timestamp() == 0)) {
            ByteBuffer body = part.bytes().slice(EventHeader.SIZE, end - EventHeader.SIZE).order(ByteOrder.LITTLE_ENDIAN);
            goTo(RotateEvent.read(body).next(), writer);
            return false;
        }
        if (header.isHeartbeat() || header.isArtificial() || isEncryptionAgain(header)) {
            return false;
        }
        if (header.type() == EventType.FORMAT_DESCRIPTION && skipFormat) {
            skipFormat = false;
            return false;
        }
        if (expected.isPresent()) {
            compare(part, expected.get(), writer);
            expected = Optional.empty();
            return false;
        }
        step = scanner.accept(header, part.bytes(), EventHeader.SIZE, end);
        return true;
    }

    /**
     * A MariaDB leader whose binlog is encrypted sends this before the place that was asked for, too; what it sends is not encrypted.
     *
     * @see <a href="https://mariadb.com/kb/en/start_encryption_event/">Start_encryption_event</a>
     */
    private static boolean isEncryptionAgain(EventHeader header) {
        return header.type() == EventType.MARIADB_START_ENCRYPTION && header.endPosition() == 0;
    }

    private void goTo(BinlogCoordinates next, RelayLogWriter writer) throws RelayLogException {
        skipFormat = next.position() > BinlogCoordinates.HEAD;
        if (!next.file().equals(writer.file())) {
            writer.startFile(next.file());
            scanner.reset();
        }
    }

    private static void compare(EventPart part, BinlogEvent ours, RelayLogWriter writer) throws LeaderException {
        boolean same = part.header().length() == ours.header().length()
                && part.bytes().equals(ours.bytes().slice(0, Math.min(part.bytes().limit(), ours.bytes().limit())));
        if (!same) {
            throw new LeaderException.Diverged(
                    "The leader's log differs from ours in the last event before " + writer.file() + ":" + writer.position()
                            + ": it was restored or reset; check the leader, then start the channel with an empty relay log",
                    null);
        }
    }

    /** {@code log_pos} has 32 bits and is 0 where the leader does not tell; where it tells, it must fit. */
    private static void checkPosition(EventHeader header, RelayLogWriter writer) throws LeaderException {
        if (header.endPosition() != 0 && header.endPosition() != (writer.position() & 0xffffffffL)) {
            throw new LeaderException.Diverged("An event that the leader says ends at " + header.endPosition() + " ends at " + writer.position()
                    + " in " + writer.file() + ": the copy has a hole; start the channel with an empty relay log", null);
        }
    }
}
