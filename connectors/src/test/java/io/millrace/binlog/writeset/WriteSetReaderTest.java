package io.millrace.binlog.writeset;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import io.millrace.binlog.writeset.TableKeys.Form;
import io.millrace.binlog.writeset.TableKeys.Part;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rows of {@code t (id INT PRIMARY KEY, name VARCHAR(60) UNIQUE, above INT REFERENCES t (id))}. */
class WriteSetReaderTest {
    private static final long TABLE = TableKeys.name("s", "t");
    private static final long ID = TableKeys.name("s", "t", "id");
    private static final TableKeys KEYS = new TableKeys(TABLE, true,
            List.of(new TableKeys.Key(TABLE, ID, true, List.of(new Part(0, Form.EXACT, 0))),
                    new TableKeys.Key(TABLE, TableKeys.name("s", "t", "name"), true, List.of(new Part(1, Form.FOLDED, 0))),
                    new TableKeys.Key(TABLE, ID, false, List.of(new Part(2, Form.EXACT, 0)))),
            List.of(99L));
    private static final TableMap MAP = TableMapReader.read(map());

    @Test
    void findsTheSameRowWhateverHappensToIt() {
        long id = only(changes(insert(7, "a", null)), changes(delete(7, "b", null)));
        assertThat(changes(update(7, "c", null, 7, "c", null))).containsExactly(id);
        assertThat(changes(insert(8, "d", null))).doesNotContain(id);
    }

    @Test
    void findsTheSameWordWhateverItsCase() {
        only(changes(insert(1, "Ab-C", null)), changes(insert(2, "abc", null)));
        assertThat(changes(insert(1, "abc", null))).doesNotContainAnyElementsOf(changes(insert(2, "abd", null)));
    }

    @Test
    void takesTheWholeTableForAWordThatItCannotCompare() {
        assertThat(changes(insert(1, "\u00e4", null))).contains(TABLE | 1);
        assertThat(changes(insert(1, "a", null))).doesNotContain(TABLE | 1);
    }

    @Test
    void tellsBothValuesOfAKeyThatChangesAndNothingOfOneThatStays() {
        assertThat(changes(update(7, "a", null, 7, "b", null))).containsAll(names("a")).containsAll(names("b"));
        assertThat(changes(update(7, "a", null, 7, "A", null))).as("other bytes, the same word").containsAll(names("a"));
        assertThat(changes(update(7, "\u00e4", null, 7, "\u00e4", 5))).doesNotContain(TABLE | 1).hasSize(1);
    }

    /** Its value may change with any column. */
    @Test
    void takesTheWholeTableForAKeyOfAnExpression() {
        TableKeys expression = new TableKeys(TABLE, true, List.of(KEYS.keys().getFirst(),
                new TableKeys.Key(TABLE, TableKeys.name("s", "t", ""), true, List.of(new Part(Part.NO_COLUMN, Form.UNKNOWN, 0)))), List.of());
        for (BinlogEvent event : List.of(insert(1, "a", null), delete(1, "a", null), update(1, "a", null, 1, "b", null))) {
            WriteSet set = new WriteSet();
            new WriteSetReader().add(event, MAP, expression, set);
            assertThat(keys(set, true)).contains(TABLE | 1);
        }
    }

    @Test
    void reliesOnWhatARowRefersTo() {
        Set<Long> parent = changes(delete(5, null, null));
        assertThat(relied(insert(7, "a", 5))).containsAnyElementsOf(parent);
        assertThat(relied(update(7, "a", null, 7, "a", 5))).containsAnyElementsOf(parent);
        assertThat(relied(update(7, "a", 5, 7, "b", 5))).as("the same as before").doesNotContainAnyElementsOf(parent);
        assertThat(relied(delete(7, "a", 5))).containsAnyElementsOf(parent);
    }

    @Test
    void tellsWhatTheServerItselfChangesWhenARowGoesOrItsKeyMoves() {
        assertThat(changes(delete(7, "a", null))).contains(99L);
        assertThat(changes(update(7, "a", null, 8, "a", null))).contains(99L);
        assertThat(changes(update(7, "a", null, 7, "a", 3))).doesNotContain(99L);
        assertThat(changes(insert(7, "a", null))).doesNotContain(99L);
    }

    /** With {@code binlog_row_image=MINIMAL} a delete has only its primary key. */
    @Test
    void takesTheWholeTableWhereAKeyIsMissing() {
        ByteBuffer body = rows(0b001, null);
        image(body, 0b001, 7, null, null);
        assertThat(changes(event(EventType.DELETE_ROWS, body))).contains(TABLE | 1);
        ByteBuffer update = rows(0b001, 0b100);
        image(update, 0b001, 7, null, null);
        image(update, 0b100, 0, null, 5);
        Set<Long> changed = changes(event(EventType.UPDATE_ROWS, update));
        assertThat(changed).as("the reference's old value").contains(TABLE | 1);
        ByteBuffer nothing = rows(0b001, 0b000);
        image(nothing, 0b001, 7, null, null);
        image(nothing, 0b000, 0, null, null);
        assertThat(changes(event(EventType.UPDATE_ROWS, nothing))).hasSize(1).doesNotContain(TABLE | 1);
    }

    @Test
    void takesTheWholeTableWhereRowsCannotBeToldApart() {
        WriteSet set = new WriteSet();
        new WriteSetReader().add(insert(7, "a", null), MAP, TableKeys.unidentified("S", "T"), set);
        assertThat(set.size()).isOne();
        assertThat(set.key(0)).isEqualTo(TABLE | 1);
        assertThat(set.changes(0)).isTrue();
    }

    private static Set<Long> names(String word) {
        Set<Long> keys = changes(insert(1000, word, null));
        keys.removeAll(changes(insert(1000, null, null)));
        return keys;
    }

    private static long only(Set<Long> some, Set<Long> others) {
        Set<Long> common = new HashSet<>(some);
        common.retainAll(others);
        assertThat(common).hasSize(1);
        return common.iterator().next();
    }

    private static Set<Long> changes(BinlogEvent event) {
        return keys(event, true);
    }

    private static Set<Long> relied(BinlogEvent event) {
        return keys(event, false);
    }

    private static Set<Long> keys(BinlogEvent event, boolean changed) {
        WriteSet set = new WriteSet();
        new WriteSetReader().add(event, MAP, KEYS, set);
        return keys(set, changed);
    }

    private static Set<Long> keys(WriteSet set, boolean changed) {
        Set<Long> keys = new HashSet<>();
        for (int i = 0; i < set.size(); i++) {
            if (set.changes(i) == changed) {
                keys.add(set.key(i));
            }
        }
        return keys;
    }

    private static BinlogEvent insert(int id, @Nullable String name, @Nullable Integer above) {
        return event(EventType.WRITE_ROWS, image(rows(0b111, null), 0b111, id, name, above));
    }

    private static BinlogEvent delete(int id, @Nullable String name, @Nullable Integer above) {
        return event(EventType.DELETE_ROWS, image(rows(0b111, null), 0b111, id, name, above));
    }

    private static BinlogEvent update(int id, @Nullable String name, @Nullable Integer above, int newId, @Nullable String newName,
            @Nullable Integer newAbove) {
        return event(EventType.UPDATE_ROWS, image(image(rows(0b111, 0b111), 0b111, id, name, above), 0b111, newId, newName, newAbove));
    }

    private static ByteBuffer map() {
        ByteBuffer body = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt(7).putShort((short) 0).putShort((short) 1).put(new byte[]{1, 's', 0, 1, 't', 0});
        return body.put(new byte[]{3, 3, 15, 3}).put(new byte[]{2, 60, 0}).put((byte) 0b110).flip();
    }

    private static ByteBuffer rows(int before, @Nullable Integer after) {
        ByteBuffer body = ByteBuffer.allocate(300).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt(7).putShort((short) 0).putShort((short) 1).putShort((short) 2).put((byte) 3).put((byte) before);
        return after == null ? body : body.put(after.byteValue());
    }

    /** The null bits count only the columns that are present. */
    private static ByteBuffer image(ByteBuffer body, int present, int id, @Nullable String name, @Nullable Integer above) {
        int nulls = 0;
        int bit = 0;
        for (int column = 0; column < 3; column++) {
            if ((present >> column & 1) != 0) {
                nulls |= (column == 1 && name == null || column == 2 && above == null ? 1 : 0) << bit++;
            }
        }
        if (present != 0) {
            body.put((byte) nulls);
        }
        if ((present & 1) != 0) {
            body.putInt(id);
        }
        if ((present & 2) != 0 && name != null) {
            byte[] text = name.getBytes(StandardCharsets.UTF_8);
            body.put((byte) text.length).put(text);
        }
        if ((present & 4) != 0 && above != null) {
            body.putInt(above);
        }
        return body;
    }

    private static BinlogEvent event(int type, ByteBuffer written) {
        ByteBuffer body = written.flip();
        ByteBuffer whole = ByteBuffer.allocate(EventHeader.SIZE + body.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        whole.putInt(1).put((byte) type).putInt(1).putInt(whole.capacity()).putInt(0).putShort((short) 0).put(body).flip();
        return BinlogEvent.of(whole, 0);
    }
}
