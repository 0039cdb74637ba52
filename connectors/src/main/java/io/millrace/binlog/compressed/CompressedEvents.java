package io.millrace.binlog.compressed;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.Lenenc;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Turns MariaDB's compressed events ({@code log_bin_compress}) into the plain ones that they stand for.
 *
 * @see <a href="https://mariadb.com/docs/server/server-management/server-monitoring-logs/binary-log/compressing-events-to-reduce-size-of-the-binary-log">Compressing
 *      Events to Reduce Size of the Binary Log</a>
 */
public final class CompressedEvents {
    private static final Map<Integer, Integer> PLAIN = Map.of(EventType.MARIADB_QUERY_COMPRESSED, EventType.QUERY,
            EventType.MARIADB_WRITE_ROWS_COMPRESSED_V1, EventType.WRITE_ROWS_V1, EventType.MARIADB_UPDATE_ROWS_COMPRESSED_V1,
            EventType.UPDATE_ROWS_V1, EventType.MARIADB_DELETE_ROWS_COMPRESSED_V1, EventType.DELETE_ROWS_V1,
            EventType.MARIADB_WRITE_ROWS_COMPRESSED, EventType.WRITE_ROWS, EventType.MARIADB_UPDATE_ROWS_COMPRESSED, EventType.UPDATE_ROWS,
            EventType.MARIADB_DELETE_ROWS_COMPRESSED, EventType.DELETE_ROWS);
    private static final int QUERY_POST_HEADER = 13;
    private static final int ROWS_POST_HEADER = 8;
    private static final int TYPE_OFFSET = 4;
    private static final int LENGTH_OFFSET = 9;
    private static final int MARK = 0x80;
    private static final int MARK_BITS = 0xf0;
    private static final int SIZE_BITS = 0x07;
    private static final int LARGEST = 1 << 30;

    private CompressedEvents() {
    }

    /**
     * The event itself where it is not compressed; otherwise the plain one, without a checksum.
     *
     * @throws IllegalArgumentException if the bytes are not what MariaDB writes
     */
    public static BinlogEvent plain(BinlogEvent event) {
        if (event.type() < EventType.MARIADB_QUERY_COMPRESSED) {
            return event; // Nearly always, and for each event that is applied.
        }
        Integer type = PLAIN.get(event.type());
        if (type == null) {
            return event;
        }
        ByteBuffer body = event.body();
        int head = type == EventType.QUERY ? queryHead(body) : rowsHead(body, type);
        ByteBuffer inflated = inflate(body.slice(head, body.limit() - head));
        int length = EventHeader.SIZE + head + inflated.remaining();
        ByteBuffer plain = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        plain.put(event.bytes().slice(0, EventHeader.SIZE + head)).put(inflated).flip();
        plain.put(TYPE_OFFSET, type.byteValue()).putInt(LENGTH_OFFSET, length);
        return BinlogEvent.of(plain, 0);
    }

    private static int queryHead(ByteBuffer body) {
        return QUERY_POST_HEADER + (body.getShort(11) & 0xffff) + (body.get(8) & 0xff) + 1;
    }

    private static int rowsHead(ByteBuffer body, int type) {
        body.position(type >= EventType.ROWS_QUERY ? ROWS_POST_HEADER + (body.getShort(ROWS_POST_HEADER) & 0xffff) : ROWS_POST_HEADER);
        long columns = Lenenc.read(body);
        int bitmaps = type == EventType.UPDATE_ROWS_V1 || type == EventType.UPDATE_ROWS ? 2 : 1;
        return body.position() + bitmaps * (int) ((columns + 7) / 8);
    }

    /** One byte with a mark, the algorithm (0 is zlib) and the size of the length; the length, its highest byte first; the bytes. */
    private static ByteBuffer inflate(ByteBuffer compressed) {
        int first = compressed.get() & 0xff;
        long length = 0;
        for (int i = 0; i < (first & SIZE_BITS); i++) {
            length = length << 8 | compressed.get() & 0xff;
        }
        if ((first & MARK_BITS) != MARK || length > LARGEST) {
            throw new IllegalArgumentException("a compressed event begins with " + Integer.toHexString(first) + ", " + length + " bytes long");
        }
        ByteBuffer plain = ByteBuffer.allocate((int) length);
        try (Inflation inflation = new Inflation(new Inflater())) {
            inflation.inflater.setInput(compressed);
            int count = 1;
            while (plain.hasRemaining() && count > 0) {
                count = inflation.inflater.inflate(plain);
            }
        } catch (DataFormatException e) {
            throw new IllegalArgumentException("a compressed event is damaged: " + e.getMessage(), e);
        }
        if (plain.hasRemaining()) {
            throw new IllegalArgumentException("a compressed event ends " + plain.remaining() + " bytes too early");
        }
        return plain.flip();
    }

    /** The JDK's inflater can be closed only from 26 on. */
    private record Inflation(Inflater inflater) implements AutoCloseable {
        @Override
        public void close() {
            inflater.end();
        }
    }
}
