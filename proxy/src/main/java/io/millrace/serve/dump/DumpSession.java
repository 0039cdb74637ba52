package io.millrace.serve.dump;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.binlog.event.TransactionScanner;
import io.millrace.protocol.replication.DumpRequest;
import io.millrace.protocol.EofPacket;
import io.millrace.protocol.PacketFrames;
import io.millrace.protocol.replication.SemiSyncAck;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends the relay log to one replica, as the leader would. One thread runs it; any may look at where it is.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_replication_binlog_stream.html">Replication binlog stream</a>
 */
public final class DumpSession {
    /** What one replica reads for itself, where it cannot share, in bytes. */
    private static final int BATCH = 64 * 1024;
    private static final int PIECE = 64 * 1024;
    private static final Duration LONG = Duration.ofHours(1);
    private static final Duration MISSING_PATIENCE = Duration.ofSeconds(5);

    private final RelayLog log;
    private final LeaderIdentity leader;
    private final DumpRequest request;
    private final ReplicaSettings replica;
    private final DumpOutput output;
    private final SharedBatches batches;
    private final PacketFrames frames = new PacketFrames();
    private final TransactionScanner scanner = new TransactionScanner();
    private final Optional<MariaDbFit> fit;
    private boolean checksum;
    private boolean skipping;
    private boolean skipped;
    /** Then a replica knows of the next file only, and stops where a heartbeat names this one. */
    private boolean behindRotate;
    private @Nullable BinlogCoordinates aloneTo;
    private volatile @Nullable BinlogCoordinates sentTo;
    private long lastSent = System.nanoTime();

    /**
     * A stream that begins with {@link #run}.
     *
     * @param batches of the log that is sent, the same for all streams of it
     * @param output takes the packets
     */
    public DumpSession(SharedBatches batches, LeaderIdentity leader, DumpRequest request, ReplicaSettings replica, DumpOutput output) {
        this.log = batches.log();
        this.leader = leader;
        this.request = request;
        this.replica = replica;
        this.output = output;
        this.batches = batches;
        this.checksum = replica.wantsChecksums();
        this.fit = Optional.of(new MariaDbFit(replica.mariaDbCapability().orElse(0), request.flags()))
                .filter(needed -> leader.mariaDb() && needed.isNeeded());
        frames.sequence(1);
    }

    /** How far the replica has been served; empty before the first event. */
    public Optional<BinlogCoordinates> sentTo() {
        return Optional.ofNullable(sentTo);
    }

    /**
     * Sends until the end of the log, if the replica asked for that, else until interrupted.
     *
     * @param executed every GTID that is in the log or before it
     * @param behind whether the leader may have more than the log, so that a replica may be ahead of it
     * @throws DumpRefused if the replica cannot be served; the answer was not sent yet
     * @throws IOException if it is gone
     */
    public void run(Supplier<GtidSet> executed, BooleanSupplier behind) throws DumpRefused, IOException, InterruptedException {
        try {
            DumpStart start = DumpStart.find(log, leader, request, replica, executed, behind);
            try (RelayLogReader reader = log.read(start.from(), BATCH)) {
                begin(reader, start);
                follow(reader, start);
            }
        } catch (RelayLogException e) {
            failIfInterrupted(); // It closes a file that is being read.
            throw switch (e) {
                case RelayLogException.Missing missing -> DumpRefused.fatal("Could not find first log file name in binary log index file");
                case RelayLogException.Corrupt corrupt ->
                    DumpRefused.fatal("event read from binlog did not pass crc check; " + corrupt.getMessage());
                case RelayLogException.Storage storage -> DumpRefused.forNow(String.valueOf(storage.getMessage()));
            };
        }
    }

    /** Sends the last packet in place of the next event: an error, or the end. Only after {@link #run} has failed between two events. */
    public void finish(ByteBuffer payload) throws IOException {
        frames.add(payload);
        flush();
    }

    private void begin(RelayLogReader reader, DumpStart start) throws DumpRefused, IOException {
        sentTo = start.from(); // From here on the log is kept for it.
        send(ArtificialEvents.rotate(leader.serverId(), start.from(), checksum));
        if (start.from().position() > BinlogCoordinates.HEAD && reader.format().isPresent()) {
            format(reader.format().get(), start.from(), false, start);
        }
        flush();
    }

    private void follow(RelayLogReader reader, DumpStart start) throws DumpRefused, RelayLogException, IOException, InterruptedException {
        String file = start.from().file();
        if (ends(start, reader.position(), TransactionScanner.Step.OUTSIDE)) {
            return;
        }
        while (true) {
            failIfInterrupted();
            BinlogCoordinates before = reader.position();
            if (sendShared(reader, before, start)) {
                continue;
            }
            Optional<BinlogEvent> event = reader.poll();
            if (event.isPresent()) {
                if (!reader.position().file().equals(file)) {
                    file = reader.position().file();
                    before = BinlogCoordinates.headOf(file);
                    send(ArtificialEvents.rotate(leader.serverId(), before, checksum));
                }
                TransactionScanner.Step step = replica.semiSync() || start.skip().hasEnd()
                        ? scanner.accept(event.get().header(), event.get().body())
                        : TransactionScanner.Step.OUTSIDE;
                event(event.get(), before, reader.position(), start, step);
                if (ends(start, reader.position(), step)) {
                    return;
                }
            } else if (request.isNonBlocking()) {
                announceSkipped(reader.position(), start);
                frames.add(new EofPacket(false).payload());
                flush();
                return;
            } else {
                await(reader, start, file);
            }
        }
    }

    /** Sends what others are sent too; tells whether there was any. */
    private boolean sendShared(RelayLogReader reader, BinlogCoordinates at, DumpStart start) throws RelayLogException, IOException {
        // The head of a file is changed for some, and whoever acknowledges counts frames in a way of its own.
        if (replica.semiSync() || fit.isPresent() || skipping || at.position() == BinlogCoordinates.HEAD
                || aloneTo != null && at.compareTo(aloneTo) < 0) {
            return false;
        }
        announceSkipped(at, start);
        Optional<FramedBatch> found = batches.at(reader, frames.sequence());
        if (found.isEmpty()) {
            return false;
        }
        FramedBatch batch = found.get();
        if (batch.hasAnonymous() && request.gtids().isPresent() || !start.skip().sendsAllOf(batch)) {
            aloneTo = batch.end(); // Up to there, one would be made in vain for each event.
            batch.release();
            return false;
        }
        flush();
        output.share(batch.packets(), batch::release);
        frames.sequence(batch.nextSequence());
        reader.skipTo(batch.end());
        behindRotate = batch.endsInRotate();
        sentTo = batch.end();
        return true;
    }

    /** A replica that takes everything at once would not be told of the end before all was sent. */
    private static void failIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("the stream is being ended");
        }
    }

    /** Ends the stream of a replica that has been sent everything up to where it wanted to stop. */
    private boolean ends(DumpStart start, BinlogCoordinates at, TransactionScanner.Step step) throws IOException {
        Optional<ByteBuffer> last = step == TransactionScanner.Step.INSIDE ? Optional.empty() : start.skip().last();
        if (last.isEmpty()) {
            return false;
        }
        send(ArtificialEvents.gtidList(leader.serverId(), at, last.get(), checksum));
        frames.add(new EofPacket(false).payload());
        flush();
        return true;
    }

    /** Nothing is there to be sent. */
    private void await(RelayLogReader reader, DumpStart start, String file) throws DumpRefused, RelayLogException, IOException, InterruptedException {
        boolean announced = reader.position().file().equals(file); // A replica knows of no file before its ROTATE.
        if (announced) {
            announceSkipped(reader.position(), start);
        }
        flush();
        frames.release();
        Optional<String> missing = start.skip().missing();
        Duration patience = replica.heartbeat().isZero() ? LONG : replica.heartbeat();
        if (missing.isPresent()) {
            patience = MISSING_PATIENCE;
        }
        if (!reader.await(patience)) {
            if (missing.isPresent()) {
                throw DumpRefused.fatal(missing.get());
            }
            if (announced && !behindRotate) {
                heartbeat(reader.position());
                flush();
            }
        }
    }

    private void event(BinlogEvent event, BinlogCoordinates at, BinlogCoordinates end, DumpStart start, TransactionScanner.Step step)
            throws DumpRefused, IOException {
        behindRotate = event.type() == EventType.ROTATE;
        if (event.type() == EventType.FORMAT_DESCRIPTION) {
            skipping = false; // A file that a crash has ended holds no word of its end.
            format(event, at, true, start);
            return;
        }
        if (event.type() == EventType.ANONYMOUS_GTID && request.gtids().isPresent()) {
            throw DumpRefused
                    .fatal("Cannot replicate anonymous transaction when AUTO_POSITION = 1, at file " + at.file() + ", position " + at.position()
                            + ".");
        }
        if (EventType.isGtid(event.type())) {
            skipping = start.skip().skips(event);
        } else if (event.type() == EventType.ROTATE || event.type() == EventType.STOP) {
            skipping = false;
        }
        if (skipping) {
            skipped = true;
            sentTo = end;
            if (!replica.heartbeat().isZero() && System.nanoTime() - lastSent > replica.heartbeat().toNanos()) {
                announceSkipped(end, start); // A replica that hears nothing for long connects anew, and begins from the start.
                flush();
            }
            return;
        }
        announceSkipped(at, start);
        Optional<ByteBuffer> bytes = fit.isPresent() ? fit.get().fit(event) : Optional.of(event.bytes());
        if (bytes.isPresent()) {
            sendFromLog(bytes.get(), step);
        }
        sentTo = end;
        if (frames.size() >= BATCH) {
            flush();
        }
    }

    /** A leader's own rules: what of it is changed depends on where the stream begins. */
    private void format(BinlogEvent event, BinlogCoordinates at, boolean fromHead, DumpStart start) throws DumpRefused {
        boolean has = FormatDescription.read(event.bytes()).checksumLength() > 0;
        if (has && replica.checksum().isEmpty()) {
            throw DumpRefused.fatal((leader.mariaDb() ? "Slave" : "Replica") + " can not handle replication events with the checksum that "
                    + (leader.mariaDb() ? "master" : "source") + " is configured to log; the first event '" + at.file() + "' at " + at.position());
        }
        checksum = has;
        boolean again = !fromHead || at.file().equals(start.from().file()) && start.knowsFirst();
        boolean untouched = !again && (event.header().flags() & EventHeader.BINLOG_IN_USE) == 0;
        send(untouched ? event.bytes() : ArtificialEvents.again(event.bytes(), fromHead));
    }

    /** After a run of transactions that are left out a replica learns that it is further. */
    private void announceSkipped(BinlogCoordinates at, DumpStart start) {
        if (!skipped) {
            return;
        }
        skipped = false;
        Optional<ByteBuffer> reached = start.skip().reached();
        if (reached.isPresent()) {
            send(ArtificialEvents.gtidList(leader.serverId(), at, reached.get(), checksum));
        } else if (!replica.heartbeat().isZero() || request.isNonBlocking()) {
            heartbeat(at);
        }
    }

    private void heartbeat(BinlogCoordinates at) {
        if (leader.mariaDb()) {
            send(ArtificialEvents.heartbeatOfMariaDb(leader.serverId(), at, checksum));
            return;
        }
        // MariaDB's replicas set this flag for something else.
        boolean second = (request.flags() & DumpRequest.HEARTBEAT_V2) != 0 && replica.mariaDbCapability().isEmpty();
        send(second ? ArtificialEvents.heartbeatV2(leader.serverId(), at, checksum) : ArtificialEvents.heartbeat(leader.serverId(), at, checksum));
    }

    private void send(ByteBuffer event) {
        begin(event.remaining(), false);
        frames.put(event);
    }

    /** Begins the packet of an event; semi-synchronously it says whether the replica is to acknowledge it. */
    private void begin(long length, boolean acknowledge) {
        if (!replica.semiSync()) {
            frames.begin(length + 1);
            frames.put(0);
            return;
        }
        frames.begin(length + SemiSyncAck.EVENT_HEADER);
        frames.put(0);
        frames.put(SemiSyncAck.MARK);
        frames.put(acknowledge ? 1 : 0);
    }

    private void sendFromLog(ByteBuffer event, TransactionScanner.Step step) throws IOException {
        boolean last = replica.semiSync() && step == TransactionScanner.Step.END;
        begin(event.remaining(), last);
        if (event.remaining() > BATCH) {
            putLarge(event);
        } else {
            frames.put(event);
        }
        if (last) {
            frames.sequence(1); // A source counts anew where it has asked for an acknowledgement, and replicas insist on it.
        }
    }

    private void putLarge(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int count = Math.min(PIECE, bytes.remaining());
            frames.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            flush();
        }
    }

    private void flush() throws IOException {
        if (frames.size() > 0) {
            lastSent = System.nanoTime();
            output.write(frames.take());
        }
    }
}
