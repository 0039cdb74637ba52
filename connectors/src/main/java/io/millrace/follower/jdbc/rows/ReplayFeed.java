package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.MinimalImages;
import io.millrace.binlog.row.RowsEvent;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import io.millrace.follower.jdbc.statements.AppliedSchemas;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Gives the follower the leader's own row events, in {@code BINLOG} statements. Checksums are taken off, and the format description
 * says so.
 *
 * <p>
 * Opening and locking tables costs the server more than a row does. So what goes into one packet becomes one statement: the table maps
 * of all of it, each once, then the rows of all of it, of which the last says that the statement ends. The server looks at the flags of the
 * first rows of a statement, when it opens the tables: so a new one begins where a statement of the leader begins with other flags. Only
 * where a statement of the leader must be kept whole is each left as it is.
 *
 * <p>
 * A leader that logs what its foreign keys cascade (MySQL 9.6 on) logs the children first, without checks, then the parents, with checks.
 * These refuse a parent whose key changes in its case alone (1451), on its own replicas too; they can find nothing else where everything
 * is logged, so we ask for none.
 *
 * <p>
 * Rows are found by their key, so of what they held before only the key is sent, where the table has one.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/binlog.html">BINLOG Statement</a>
 */
public final class ReplayFeed implements RowFeed {
    private static final int ER_NET_PACKET_TOO_LARGE = 1153;
    private static final int ER_UNKNOWN_ERROR = 1105;
    private static final int LENGTH_OFFSET = 9;
    private static final int CHECKSUM = 4;
    private static final int FLAGS = EventHeader.SIZE + RowsEvent.FLAGS_OFFSET;
    /** The table id of rows events that only end a statement. */
    private static final long NO_TABLE = (1L << 48) - 1;

    /** How many tables one statement may open. */
    private static final int MOST_TABLES = 200;
    private static final int NONE = -1;
    /** In bytes: looking into smaller events costs more than it saves. */
    private static final int WORTH_SHORTENING = 512;
    /** How many times its size an event may take while it is sent: as it is, as text, and in the driver. */
    private static final int HEAP_TIMES = 8;
    private static final int MAP_TEXT = EventHeader.SIZE + 8;

    private final int limit;
    private final int most;
    /** The table maps of the leader's open statement, as bytes and as what they say. */
    private final Map<Long, byte[]> tableMaps = new LinkedHashMap<>();
    private final Map<Long, TableMap> tables = new HashMap<>();
    /** The table maps that stand in front of the rows of the packet. */
    private final Map<Long, byte[]> opened = new LinkedHashMap<>();
    private final Set<String> openedNames = new HashSet<>();
    private final Set<Long> leftOut = new HashSet<>();
    private final AppliedSchemas schemas;
    private final RowKeys keys;
    /** What is in the packet behind {@link #opened}, and how many bytes that is. */
    private final List<byte[]> events = new ArrayList<>();
    private int length;
    /** The number of the last rows in {@link #events}. */
    private int lastRows = -1;
    /** Of the first rows in the packet. */
    private int packetFlags;
    /** Of the first rows of the leader's open statement; {@link #NONE} where there were none yet. */
    private int statementFlags = NONE;
    private boolean whole;

    /** Tells by which columns the follower finds a row. */
    @FunctionalInterface
    public interface RowKeys {
        /** Columns that tell each row from all others, by number from 0; empty where there are none, or it is not known. */
        BitSet of(TableMap table) throws SQLException;
    }

    /**
     * @param keys by which the follower finds rows
     * @param limit the most bytes of events in one statement; a single event may be larger
     * @param most the most bytes where a statement of the leader must be kept whole; again a single event may be larger
     */
    public ReplayFeed(AppliedSchemas schemas, RowKeys keys, int limit, int most) {
        this.schemas = schemas;
        this.keys = keys;
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
        return List.of(Packet.uncounted(BinlogStatement.of(List.of(bytes), bytes.length)));
    }

    @Override
    public List<Packet> add(BinlogEvent event) throws SQLException {
        return event.type() == EventType.TABLE_MAP ? tableMap(event) : rows(event);
    }

    private List<Packet> tableMap(BinlogEvent event) {
        TableMap map = TableMapReader.read(event.body());
        if (!schemas.contains(map.schema())) {
            leftOut.add(map.tableId());
            return List.of();
        }
        byte[] bytes = stripped(event);
        leftOut.remove(map.tableId());
        List<Packet> full = List.of();
        if (whole) {
            full = tableMaps.isEmpty() && length + bytes.length > limit ? drain() : full;
            put(bytes);
        } else if (!isOpened(map, bytes)) {
            full = isOpenedOtherwise(map) || opened.size() >= MOST_TABLES ? cut() : full;
            open(map.tableId(), map.schema() + '.' + map.table(), bytes);
        }
        tableMaps.put(map.tableId(), bytes);
        tables.put(map.tableId(), map);
        return full;
    }

    private boolean isOpened(TableMap map, byte[] bytes) {
        byte[] known = opened.get(map.tableId());
        return known != null && Arrays.equals(known, MAP_TEXT, known.length, bytes, MAP_TEXT, bytes.length);
    }

    /** The leader gives a table another id when its definition changes, or when it had to be opened again. */
    private boolean isOpenedOtherwise(TableMap map) {
        return opened.containsKey(map.tableId()) || openedNames.contains(map.schema() + '.' + map.table());
    }

    private void open(long id, String name, byte[] bytes) {
        opened.put(id, bytes);
        openedNames.add(name);
    }

    private List<Packet> rows(BinlogEvent event) throws SQLException {
        refuseTooLarge(event.bytes().remaining());
        byte[] bytes = stripped(event);
        if ((bytes[FLAGS] & RowsEvent.CASCADES_LOGGED) != 0) {
            bytes[FLAGS] |= RowsEvent.NO_FOREIGN_KEY_CHECKS;
        }
        int flags = bytes[FLAGS] & 0xff | (bytes[FLAGS + 1] & 0xff) << 8;
        boolean ends = (flags & RowsEvent.STATEMENT_END) != 0;
        long table = TableMapReader.tableId(event.body());
        List<Packet> full = List.of();
        if (leftOut.contains(table)) {
            if (ends && whole && lastRows >= 0) {
                events.get(lastRows)[FLAGS] |= RowsEvent.STATEMENT_END;
            }
        } else if (whole) {
            if (table != NO_TABLE) {
                openTable(table);
            }
            putWhole(bytes);
        } else if (table != NO_TABLE) {
            full = merge(shortened(bytes, openTable(table)), flags & ~RowsEvent.STATEMENT_END);
        }
        if (ends) {
            tableMaps.clear();
            tables.clear();
            leftOut.clear();
            statementFlags = NONE;
        }
        return full;
    }

    /** It would end in the middle of things, and again at each try. */
    private static void refuseTooLarge(long bytes) throws SQLException {
        long heap = Runtime.getRuntime().maxMemory();
        if (bytes > heap / HEAP_TIMES) {
            throw new SQLException(
                    "a change of " + (bytes >> 20) + " MiB in one event needs a heap of " + (bytes * HEAP_TIMES >> 20) + " MiB, and this"
                            + " process has " + (heap >> 20) + " MiB: start Millrace with a larger one, such as MILLRACE_JAVA_OPTIONS='-Xmx"
                            + (bytes * HEAP_TIMES + (64L << 20) >> 20) + "m -XX:+UseSerialGC'",
                    "HY000", ER_UNKNOWN_ERROR);
        }
    }

    private List<Packet> merge(byte[] bytes, int flags) {
        boolean begins = statementFlags == NONE;
        statementFlags = begins ? flags : statementFlags;
        boolean cut = lastRows >= 0 && (length + bytes.length > limit || begins && statementFlags != packetFlags);
        List<Packet> full = cut ? cut() : List.of();
        boolean first = lastRows < 0;
        packetFlags = first ? statementFlags : packetFlags;
        bytes[FLAGS] = (byte) (first ? statementFlags : flags);
        put(bytes);
        lastRows = events.size() - 1;
        return full;
    }

    /** The server takes rows of a table that it was not told of, and leaves them out without a word. */
    private TableMap openTable(long table) {
        TableMap known = tables.get(table);
        if (known == null) {
            throw new IllegalStateException("rows of table id " + table + " came without a table map");
        }
        return known;
    }

    private byte[] shortened(byte[] rows, TableMap table) throws SQLException {
        if (rows.length < WORTH_SHORTENING) {
            return rows;
        }
        try {
            return MinimalImages.of(rows, table, keys.of(table));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return rows; // Of a type that only the servers know.
        }
    }

    private void putWhole(byte[] bytes) throws SQLException {
        if (lastRows >= 0 && length + bytes.length > most) {
            throw new SQLException("a statement on a table without transactions is larger than " + most
                    + " bytes and cannot be split: raise max_allowed_packet, or convert the table to InnoDB", "HY000", ER_NET_PACKET_TOO_LARGE);
        }
        put(bytes);
        lastRows = events.size() - 1;
    }

    /** Ends the packet here; the next one begins with the table maps of the leader's statement. */
    private List<Packet> cut() {
        List<Packet> full = drain();
        tableMaps.forEach((id, bytes) -> {
            TableMap map = openTable(id);
            open(id, map.schema() + '.' + map.table(), bytes);
        });
        return full;
    }

    private void put(byte[] bytes) {
        events.add(bytes);
        length += bytes.length;
    }

    @Override
    public List<Packet> drain() {
        List<Packet> packets = lastRows < 0 ? List.of() : List.of(Packet.uncounted(packet()));
        clearPacket();
        return packets;
    }

    private String packet() {
        if (whole) {
            return BinlogStatement.of(events, length);
        }
        events.get(lastRows)[FLAGS] |= RowsEvent.STATEMENT_END;
        List<byte[]> all = new ArrayList<>(opened.values());
        int maps = all.stream().mapToInt(bytes -> bytes.length).sum();
        all.addAll(events);
        return BinlogStatement.of(all, maps + length);
    }

    private void clearPacket() {
        events.clear();
        length = 0;
        lastRows = -1;
        opened.clear();
        openedNames.clear();
    }

    @Override
    public void clear() {
        clearPacket();
        tableMaps.clear();
        tables.clear();
        leftOut.clear();
        statementFlags = NONE;
    }

    /** The events say what is checked. */
    @Override
    public void sessionChanged() {
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
}
