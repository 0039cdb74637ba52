package io.millrace.serve.dump;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Events that stand one behind the other in the log, each as the packet in which it is sent. Many replicas may be sent the same one:
 * its bytes never change while somebody holds it; whoever does must {@link #release} it. Any thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html">MySQL Packets</a>
 */
final class FramedBatch {
    private static final int LENGTH_OFFSET = 9;
    private static final int TYPE_OFFSET = 4;
    private static final int FRAME_HEADER = 4;
    /** Header of the frame, and the zero in front of an event. */
    private static final int AROUND = FRAME_HEADER + 1;

    private final ByteBuffer packets;
    private final BufferPool pool;
    private final Span span;
    private final int nextSequence;
    private final AtomicInteger holders = new AtomicInteger(1);
    private volatile @Nullable GtidSet gtids;

    /** What it holds: so many events, of which one may open a transaction without a GTID, and the last may be a ROTATE, up to {@code end}. */
    private record Span(int events, int bytes, boolean anonymous, boolean rotates, BinlogCoordinates end) {}

    private FramedBatch(ByteBuffer packets, BufferPool pool, Span span, int nextSequence) {
        this.packets = packets;
        this.pool = pool;
        this.span = span;
        this.nextSequence = nextSequence;
    }

    /**
     * Frames the whole events at the head of some bytes, up to one that is not sent just as it stands.
     *
     * @param bytes of a file from an event's first byte on; below 16 MiB, little-endian, its position at 0
     * @param from where in the log these are
     * @param sequence the number of the first frame
     * @param pool gives the memory, and takes it back
     * @return a batch that the caller holds; empty if there is no such event
     */
    static Optional<FramedBatch> of(ByteBuffer bytes, BinlogCoordinates from, int sequence, BufferPool pool) {
        Span span = span(bytes, from);
        if (span.events() == 0) {
            return Optional.empty();
        }
        ByteBuffer packets = pool.take(span.bytes() + span.events() * AROUND);
        int next = sequence;
        for (int at = 0; at < span.bytes();) {
            int length = bytes.getInt(at + LENGTH_OFFSET);
            packets.putInt(length + 1 | (next++ & 0xff) << 24).put((byte) 0);
            packets.put(packets.position(), bytes, at, length).position(packets.position() + length);
            at += length;
        }
        return Optional.of(new FramedBatch(packets.flip(), pool, span, next));
    }

    private static Span span(ByteBuffer bytes, BinlogCoordinates from) {
        int events = 0;
        int end = 0;
        boolean anonymous = false;
        boolean rotates = false;
        for (int length = eventAt(bytes, 0); length > 0; length = eventAt(bytes, end)) {
            anonymous |= (bytes.get(end + TYPE_OFFSET) & 0xff) == EventType.ANONYMOUS_GTID;
            rotates = (bytes.get(end + TYPE_OFFSET) & 0xff) == EventType.ROTATE;
            end += length;
            events++;
        }
        return new Span(events, end, anonymous, rotates, from.at(from.position() + end));
    }

    /** The length of an event that is whole and sent as it stands; 0 if it is not. */
    private static int eventAt(ByteBuffer bytes, int at) {
        if (bytes.limit() - at < EventHeader.SIZE) {
            return 0;
        }
        int length = bytes.getInt(at + LENGTH_OFFSET);
        boolean whole = length >= EventHeader.SIZE && length <= bytes.limit() - at;
        return whole && (bytes.get(at + TYPE_OFFSET) & 0xff) != EventType.FORMAT_DESCRIPTION ? length : 0;
    }

    /** Holds it too; tells whether it was still held by somebody. */
    boolean hold() {
        return holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    /** Lets go of it: its memory may become another batch's. */
    void release() {
        if (holders.decrementAndGet() == 0) {
            pool.giveBack(packets);
        }
    }

    /** The packets; nobody may write to them. */
    ByteBuffer packets() {
        return packets.duplicate();
    }

    /** Where the event behind the last one begins. */
    BinlogCoordinates end() {
        return span.end();
    }

    /** The number of the frame behind the last one. */
    int nextSequence() {
        return nextSequence;
    }

    /** Whether the last of its events names the next file. */
    boolean endsInRotate() {
        return span.rotates();
    }

    /** Whether a transaction of it has no GTID. */
    boolean hasAnonymous() {
        return span.anonymous();
    }

    /** The GTIDs of the transactions that begin in it; none for MariaDB's. */
    GtidSet gtids() {
        GtidSet known = gtids;
        if (known == null) {
            known = readGtids();
            gtids = known;
        }
        return known;
    }

    private GtidSet readGtids() {
        ByteBuffer bytes = packets.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        GtidSet.Builder found = new GtidSet.Builder();
        for (int at = AROUND; at < bytes.limit();) {
            int length = bytes.getInt(at + LENGTH_OFFSET);
            if (EventType.isGtid(bytes.get(at + TYPE_OFFSET) & 0xff)) {
                GtidEventReader.read(BinlogEvent.of(bytes.slice(at, length), 0)).ifPresent(found::add);
            }
            at += length + AROUND;
        }
        return found.build();
    }
}
