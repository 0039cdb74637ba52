package io.millrace.binlog.row;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of random values and NULLs, of which every column takes its turn in the key. */
class MinimalImagesTest {
    private static final List<ColumnType> COLUMNS = List.of(new ColumnType(ColumnType.LONG, 0, false), new ColumnType(ColumnType.VARCHAR, 60, false),
            new ColumnType(ColumnType.VARCHAR, 900, false), new ColumnType(ColumnType.BLOB, 2, false), new ColumnType(ColumnType.TINY, 0, false),
            new ColumnType(ColumnType.LONGLONG, 0, false), new ColumnType(ColumnType.STRING, 20, false), new ColumnType(ColumnType.BLOB, 4, false),
            new ColumnType(ColumnType.BIT, 9, false), new ColumnType(ColumnType.DOUBLE, 0, false));

    @ParameterizedTest
    @ValueSource(ints = {EventType.UPDATE_ROWS, EventType.UPDATE_ROWS_V1, EventType.DELETE_ROWS, EventType.DELETE_ROWS_V1, EventType.WRITE_ROWS})
    void keepsTheKeyOfWhatWasAndAllOfWhatIs(int type) {
        Random random = new Random(type);
        int shortened = 0;
        for (int i = 0; i < 200; i++) {
            TableMap table = new TableMap(7, "s", "t", COLUMNS.subList(0, 1 + random.nextInt(COLUMNS.size())));
            shortened += compareForEachKey(event(type, table, random), table);
        }
        assertThat(shortened > 0).isEqualTo(type != EventType.WRITE_ROWS);
    }

    /** The first column is never NULL and always there. */
    private static BinlogEvent event(int type, TableMap table, Random random) {
        ByteBuffer event = ByteBuffer.allocate(100_000).order(ByteOrder.LITTLE_ENDIAN);
        event.putInt(1).put((byte) type).putInt(1).putInt(0).putInt(0).putShort((short) 0).putInt(7).putShort((short) 0).putShort((short) 1);
        if (type >= EventType.ROWS_QUERY) {
            event.putShort((short) 5).put(new byte[]{1, 2, 3});
        }
        int columns = table.columns().size();
        event.put((byte) columns);
        boolean update = type == EventType.UPDATE_ROWS || type == EventType.UPDATE_ROWS_V1;
        int before = random.nextBoolean() ? -1 : random.nextInt() | 1;
        int after = random.nextBoolean() ? -1 : random.nextInt() | 1;
        bits(event, before, columns);
        if (update) {
            bits(event, after, columns);
        }
        for (int row = 0; row < 1 + random.nextInt(4); row++) {
            image(event, table, before, random);
            if (update) {
                image(event, table, after, random);
            }
        }
        event.putInt(0); // A checksum.
        event.putInt(9, event.position());
        return BinlogEvent.of(event.flip(), 4);
    }

    private static void bits(ByteBuffer event, int bits, int count) {
        for (int i = 0; i < count; i += 8) {
            event.put((byte) (bits >> i));
        }
    }

    private static void image(ByteBuffer event, TableMap table, int present, Random random) {
        int nulls = random.nextInt() & ~1;
        int columns = table.columns().size();
        bits(event, nulls, Integer.bitCount(present & (1 << columns) - 1));
        int bit = 0;
        for (int column = 0; column < columns; column++) {
            boolean there = (present >> column & 1) != 0;
            if (there && (nulls >> bit++ & 1) == 0) {
                value(event, table.columns().get(column), random);
            }
        }
    }

    private static void value(ByteBuffer event, ColumnType type, Random random) {
        int prefix = ValueSize.prefix(type);
        int length = prefix == 0 ? ValueSize.content(type, event, 0) : random.nextInt(prefix == 1 ? 60 : 300);
        for (int i = 0; i < prefix; i++) {
            event.put((byte) (length >> 8 * i));
        }
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        event.put(bytes);
    }

    /** Tells how many events have become shorter. */
    private static int compareForEachKey(BinlogEvent event, TableMap table) {
        byte[] bytes = new byte[event.bytes().remaining() - event.checksumLength()];
        event.bytes().get(0, bytes);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(9, bytes.length);
        List<Images> rows = images(bytes, table);
        int shortened = 0;
        for (int column = 0; column < table.columns().size(); column++) {
            BitSet key = new BitSet();
            key.set(column);
            key.set(0);
            if (rows.stream().allMatch(row -> row.hasAll(key))) {
                byte[] minimal = MinimalImages.of(bytes, table, key);
                assertThat(images(minimal, table)).isEqualTo(event.type() == EventType.WRITE_ROWS
                        ? rows
                        : rows.stream().map(row -> row.only(key))
                                .toList());
                shortened += minimal.length < bytes.length ? 1 : 0;
            }
        }
        assertThat(MinimalImages.of(bytes, table, new BitSet())).as("a table without such a key").isSameAs(bytes);
        return shortened;
    }

    /** What a row was and what it is. */
    private record Images(List<Optional<Value>> before, List<Optional<Value>> after) {
        boolean hasAll(BitSet key) {
            return !before.isEmpty()
                    && key.stream().allMatch(column -> before.get(column).filter(value -> !(value instanceof Value.Null)).isPresent());
        }

        Images only(BitSet key) {
            List<Optional<Value>> kept = new ArrayList<>(before);
            for (int column = 0; column < kept.size(); column++) {
                kept.set(column, key.get(column) ? kept.get(column) : Optional.empty());
            }
            return new Images(kept, after);
        }
    }

    private static List<Images> images(byte[] event, TableMap table) {
        BinlogEvent read = BinlogEvent.of(ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN), 0);
        List<Images> rows = new ArrayList<>();
        RowsEventReader.forEachRow(RowsEventReader.read(read), table, (before, after) -> rows.add(new Images(before, after)));
        return rows;
    }

    /** {@code t (id INT, name VARCHAR(60), n INT)}; the row (7, NULL, 5) becomes (7, 'ab', NULL). */
    @Test
    void writesWhatAServerWritesThatLogsMinimalImages() {
        TableMap table = new TableMap(7, "s", "t",
                List.of(new ColumnType(ColumnType.LONG, 0, false), new ColumnType(ColumnType.VARCHAR, 60, false),
                        new ColumnType(ColumnType.LONG, 0, false)));
        BitSet key = new BitSet();
        key.set(0);
        byte[] full = event("0700000000000100" + "0200" + "03" + "ff" + "ff" + "fa0700000005000000" + "fc07000000026162");
        assertThat(HexFormat.of().formatHex(MinimalImages.of(full, table, key), EventHeader.SIZE, full.length - 4))
                .isEqualTo("0700000000000100" + "0200" + "03" + "f9" + "ff" + "fe07000000" + "fc07000000026162");
        byte[] keyless = event("0700000000000100" + "0200" + "03" + "fe" + "ff" + "fd05000000" + "fc07000000026162");
        assertThat(MinimalImages.of(keyless, table, key)).as("an image that lacks the key").isSameAs(keyless);
        byte[] without = event("0700000000000100" + "0200" + "03" + "ff" + "ff" + "fb05000000" + "fc07000000026162");
        assertThat(MinimalImages.of(without, table, key)).as("a key that is NULL on the leader").isSameAs(without);
    }

    private static byte[] event(String body) {
        byte[] bytes = HexFormat.of().parseHex(body);
        ByteBuffer whole = ByteBuffer.allocate(EventHeader.SIZE + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        whole.putInt(1).put((byte) EventType.UPDATE_ROWS).putInt(1).putInt(whole.capacity()).putInt(0).putShort((short) 0).put(bytes);
        return whole.array();
    }
}
