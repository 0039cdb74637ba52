package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.RowsEvent;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Gives the follower the leader's own row events, in {@code BINLOG} statements. Checksums are taken off, and the format description
 * says so. A statement that is larger than a packet is cut between events: its table maps are repeated, and the last event before the
 * cut says that the statement ends.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/binlog.html">BINLOG Statement</a>
 */
public final class ReplayFeed implements RowFeed {
    private static final int ER_NET_PACKET_TOO_LARGE = 1153;
    private static final int LENGTH_OFFSET = 9;
    private static final int CHECKSUM = 4;
    private static final int INITIAL = 256 * 1024;
    /** The table id of rows events that only end a statement. */
    private static final long NO_TABLE = (1L << 48) - 1;

    private final int limit;
    private final int most;
    private final Map<Long, byte[]> tableMaps = new LinkedHashMap<>();
    private final Set<Long> leftOut = new HashSet<>();
    private byte[] events = new byte[INITIAL];
    private int length;
    private int lastRows = -1;
    private boolean statementOpen;
    private boolean endsInRows;
    private boolean whole;

    /**
     * @param limit the most bytes of events in one statement; a single event may be larger
     * @param most the most bytes where a statement of the leader must be kept whole; again a single event may be larger
     */
    public ReplayFeed(int limit, int most) {
        this.limit = limit;
        this.most = most;
    }

    @Override
    public void keepWhole(boolean wanted) {
        whole = wanted;
    }

    @Override
    public List<Packet> format(BinlogEvent formatDescription) {
        ByteBuffer source = formatDescription.bytes();
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        bytes[bytes.length - CHECKSUM - 1] = 0;
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, bytes.length - CHECKSUM);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length - CHECKSUM, (int) crc.getValue());
        return List.of(new Packet(statement(bytes, bytes.length), Packet.UNCOUNTED));
    }

    @Override
    public List<Packet> add(BinlogEvent event) throws SQLException {
        return event.type() == EventType.TABLE_MAP ? tableMap(event) : rows(event);
    }

    private List<Packet> tableMap(BinlogEvent event) throws SQLException {
        TableMap map = TableMapReader.read(event.body());
        if (OF_ONE_SERVER.contains(map.schema())) {
            leftOut.add(map.tableId());
            return List.of();
        }
        byte[] bytes = stripped(event);
        List<Packet> full = append(bytes);
        leftOut.remove(map.tableId());
        tableMaps.put(map.tableId(), bytes);
        statementOpen = true;
        endsInRows = false;
        return full;
    }

    private List<Packet> rows(BinlogEvent event) throws SQLException {
        byte[] bytes = stripped(event);
        boolean ends = (bytes[EventHeader.SIZE + RowsEvent.FLAGS_OFFSET] & RowsEvent.STATEMENT_END) != 0;
        List<Packet> full = List.of();
        if (leftOut.contains(TableMapReader.tableId(event.body()))) {
            if (ends && lastRows >= 0) {
                endStatementAtLastRows();
            }
        } else {
            refuseUnknownTable(event);
            full = append(bytes);
            lastRows = length - bytes.length;
            endsInRows = true;
        }
        if (ends) {
            tableMaps.clear();
            leftOut.clear();
            statementOpen = false;
        }
        return full;
    }

    /** The server takes rows of a table that it was not told of, and leaves them out without a word. */
    private void refuseUnknownTable(BinlogEvent event) {
        long table = TableMapReader.tableId(event.body());
        if (table != NO_TABLE && !tableMaps.containsKey(table)) {
            throw new IllegalStateException("rows of table id " + table + " came without a table map");
        }
    }

    /** Makes room first where the limit is passed: between statements, or right behind rows of an open one. */
    private List<Packet> append(byte[] bytes) throws SQLException {
        if (whole && statementOpen) {
            if (endsInRows && length + bytes.length > most) {
                throw new SQLException("a statement on a table without transactions is larger than " + most
                        + " bytes and cannot be split: raise max_allowed_packet, or convert the table to InnoDB", "HY000", ER_NET_PACKET_TOO_LARGE);
            }
            put(bytes);
            return List.of();
        }
        List<Packet> full = length + bytes.length > limit && (!statementOpen || endsInRows) ? cut() : List.of();
        put(bytes);
        return full;
    }

    /** Ends the statement here, and begins the next one with the table maps that are still in use. */
    private List<Packet> cut() {
        if (statementOpen) {
            endStatementAtLastRows();
        }
        List<Packet> full = drain();
        tableMaps.values().forEach(this::put);
        return full;
    }

    private void endStatementAtLastRows() {
        events[lastRows + EventHeader.SIZE + RowsEvent.FLAGS_OFFSET] |= RowsEvent.STATEMENT_END;
    }

    private void put(byte[] bytes) {
        if (length + bytes.length > events.length) {
            events = Arrays.copyOf(events, Math.max(events.length * 2, length + bytes.length));
        }
        System.arraycopy(bytes, 0, events, length, bytes.length);
        length += bytes.length;
    }

    @Override
    public List<Packet> drain() {
        if (length == 0) {
            return List.of();
        }
        String statement = statement(events, length);
        if (events.length > 4 * Math.max(limit, INITIAL)) {
            events = new byte[INITIAL];
        }
        length = 0;
        lastRows = -1;
        endsInRows = false;
        return List.of(new Packet(statement, Packet.UNCOUNTED));
    }

    @Override
    public void clear() {
        length = 0;
        lastRows = -1;
        tableMaps.clear();
        leftOut.clear();
        statementOpen = false;
        endsInRows = false;
    }

    @Override
    public void definitionsChanged() {
        // The follower itself looks up each table that an event names.
    }

    private static byte[] stripped(BinlogEvent event) {
        byte[] bytes = new byte[event.bytes().remaining() - event.checksumLength()];
        event.bytes().get(0, bytes);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(LENGTH_OFFSET, bytes.length);
        return bytes;
    }

    private static String statement(byte[] events, int length) {
        ByteBuffer encoded = Base64.getEncoder().encode(ByteBuffer.wrap(events, 0, length));
        return "BINLOG '" + new String(encoded.array(), encoded.arrayOffset(), encoded.remaining(), StandardCharsets.ISO_8859_1) + "'";
    }
}
