package io.millrace.binlog.row;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * Reads rows events.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Rows__event.html">Rows_event</a>
 */
public final class RowsEventReader {
    private static final int FIXED = 8;
    private static final Value NULL = new Value.Null();

    private RowsEventReader() {
    }

    /** Reads everything but the images. */
    public static RowsEvent read(BinlogEvent event) {
        ByteBuffer body = event.body();
        int type = event.type();
        body.position(FIXED);
        if (type >= EventType.ROWS_QUERY) {
            body.position(FIXED + (body.getShort(FIXED) & 0xffff));
        }
        int columns = (int) Lenenc.read(body);
        BitSet before = columns(body, columns);
        RowsEvent.Kind kind = kind(type);
        boolean update = kind == RowsEvent.Kind.UPDATE || kind == RowsEvent.Kind.PARTIAL_UPDATE;
        BitSet after = update ? columns(body, columns) : before;
        return new RowsEvent(TableMapReader.tableId(body), body.getShort(RowsEvent.FLAGS_OFFSET) & 0xffff, kind, columns, before, after,
                body.slice().order(ByteOrder.LITTLE_ENDIAN));
    }

    private static RowsEvent.Kind kind(int type) {
        return switch (type) {
            case EventType.WRITE_ROWS, EventType.WRITE_ROWS_V1 -> RowsEvent.Kind.INSERT;
            case EventType.UPDATE_ROWS, EventType.UPDATE_ROWS_V1 -> RowsEvent.Kind.UPDATE;
            case EventType.DELETE_ROWS, EventType.DELETE_ROWS_V1 -> RowsEvent.Kind.DELETE;
            case EventType.PARTIAL_UPDATE_ROWS -> RowsEvent.Kind.PARTIAL_UPDATE;
            default -> throw new IllegalArgumentException(EventType.name(type) + " is no rows event");
        };
    }

    /** Which columns an image has. Servers set the bits behind the last column or not, and count them in no case. */
    private static BitSet columns(ByteBuffer body, int count) {
        BitSet columns = bits(body, count);
        columns.clear(count, Math.max(count, columns.length()));
        return columns;
    }

    private static BitSet bits(ByteBuffer body, int count) {
        BitSet bits = BitSet.valueOf(body.slice(body.position(), (count + 7) / 8));
        body.position(body.position() + (count + 7) / 8);
        return bits;
    }

    /**
     * Gives each row its images: an insert has only an after image, a delete only a before image. A column that is not in an image
     * is {@link Optional#empty()}.
     *
     * @throws IllegalArgumentException for a partial update, whose images are differences
     */
    public static void forEachRow(RowsEvent event, TableMap table, BiConsumer<List<Optional<Value>>, List<Optional<Value>>> action) {
        ByteBuffer rows = event.rows().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        while (rows.hasRemaining()) {
            switch (event.kind()) {
                case INSERT -> action.accept(List.of(), image(rows, table, event.before()));
                case DELETE -> action.accept(image(rows, table, event.before()), List.of());
                case UPDATE -> {
                    List<Optional<Value>> before = image(rows, table, event.before());
                    action.accept(before, image(rows, table, event.after()));
                }
                case PARTIAL_UPDATE -> throw new IllegalArgumentException("a partial update holds differences, not rows");
            }
        }
    }

    /** Takes the rows of a partial update. */
    public interface PartialUpdateReceiver {
        /** @param diffs by column; such a column is empty in {@code after} */
        void row(List<Optional<Value>> before, List<Optional<Value>> after, Map<Integer, List<JsonDiff>> diffs);
    }

    /** Gives each row of an update whose JSON columns may hold differences. */
    public static void forEachPartialUpdate(RowsEvent event, TableMap table, PartialUpdateReceiver action) {
        ByteBuffer rows = event.rows().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        int jsonColumns = (int) table.columns().stream().filter(ColumnType::isJson).count();
        while (rows.hasRemaining()) {
            List<Optional<Value>> before = image(rows, table, event.before());
            boolean partial = (Lenenc.read(rows) & 1) != 0;
            BitSet partialJson = partial ? bits(rows, jsonColumns) : new BitSet();
            BitSet nulls = bits(rows, event.after().cardinality());
            Map<Integer, List<JsonDiff>> diffs = new HashMap<>();
            action.row(before, partialImage(rows, table, event.after(), nulls, partialJson, diffs), diffs);
        }
    }

    private static List<Optional<Value>> partialImage(ByteBuffer rows, TableMap table, BitSet present, BitSet nulls, BitSet partialJson,
            Map<Integer, List<JsonDiff>> diffs) {
        List<Optional<Value>> values = new ArrayList<>(table.columns().size());
        int at = 0;
        int json = 0;
        for (int column = 0; column < table.columns().size(); column++) {
            ColumnType type = table.columns().get(column);
            boolean isPartial = type.isJson() && partialJson.get(json++);
            Optional<Value> value = Optional.empty();
            if (present.get(column) && nulls.get(at++)) {
                value = Optional.of(NULL);
            } else if (present.get(column) && isPartial) {
                int length = rows.getInt();
                diffs.put(column, JsonDiff.read(rows.slice(rows.position(), length)));
                rows.position(rows.position() + length);
            } else if (present.get(column)) {
                value = Optional.of(ValueReader.read(type, rows));
            }
            values.add(value);
        }
        return values;
    }

    private static List<Optional<Value>> image(ByteBuffer rows, TableMap table, BitSet present) {
        BitSet nulls = bits(rows, present.cardinality());
        List<Optional<Value>> values = new ArrayList<>(table.columns().size());
        int at = 0;
        for (int column = 0; column < table.columns().size(); column++) {
            if (!present.get(column)) {
                values.add(Optional.empty());
            } else {
                values.add(Optional.of(nulls.get(at++) ? NULL : ValueReader.read(table.columns().get(column), rows)));
            }
        }
        return values;
    }
}
