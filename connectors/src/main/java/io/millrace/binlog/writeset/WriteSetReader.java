package io.millrace.binlog.writeset;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.row.ColumnType;
import io.millrace.binlog.row.Lenenc;
import io.millrace.binlog.row.RowsEvent;
import io.millrace.binlog.row.RowsEventReader;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.ValueSize;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;

/** Reads the keys of rows, and only those: everything else is stepped over. Allocates nothing for a row. One thread. */
public final class WriteSetReader {
    private static final long UNSURE = 0;
    private static final long NOTHING = 2;
    private static final int MARK = 4;

    private Image before = new Image(0);
    private Image after = new Image(0);

    /** Where the values of one image stand. */
    private static final class Image {
        private static final int MISSING = -1;
        private static final int NULL = -2;

        private final int[] starts;
        private final int[] lengths;

        Image(int columns) {
            starts = new int[columns];
            lengths = new int[columns];
        }

        boolean isMissing(int column) {
            return lengths[column] == MISSING;
        }
    }

    /**
     * Adds what an event changes and relies on.
     *
     * @param rows a rows event
     * @param map of its table
     * @throws RuntimeException if the bytes are not what the map says
     */
    public void add(BinlogEvent rows, TableMap map, TableKeys keys, WriteSet into) {
        if (!keys.identified()) {
            into.change(keys.table());
            keys.touched().forEach(into::change);
            addReferences(keys, into);
            return;
        }
        into.rely(keys.table());
        addReferred(keys, into);
        RowsEvent event = RowsEventReader.read(rows);
        if (before.starts.length < map.columns().size()) {
            before = new Image(map.columns().size());
            after = new Image(map.columns().size());
        }
        ByteBuffer images = event.rows();
        while (images.hasRemaining()) {
            switch (event.kind()) {
                case INSERT -> {
                    read(images, map, event.before(), before);
                    single(images, keys, into);
                }
                case DELETE -> {
                    read(images, map, event.before(), before);
                    single(images, keys, into);
                    keys.touched().forEach(into::change);
                }
                case UPDATE -> {
                    read(images, map, event.before(), before);
                    read(images, map, event.after(), after);
                    update(images, keys, into);
                }
                case PARTIAL_UPDATE -> {
                    read(images, map, event.before(), before);
                    readPartial(images, map, event.after());
                    update(images, keys, into);
                }
            }
        }
    }

    /** A change that takes the whole table that is referred to gets in the way too. */
    private static void addReferred(TableKeys keys, WriteSet into) {
        List<TableKeys.Key> all = keys.keys();
        for (int i = 0; i < all.size(); i++) {
            if (!all.get(i).own()) {
                into.rely(all.get(i).table());
            }
        }
    }

    /** Rows that cannot be told apart are not looked at, so the tables that they refer to are taken whole. */
    private static void addReferences(TableKeys keys, WriteSet into) {
        for (TableKeys.Key key : keys.keys()) {
            if (!key.own()) {
                into.change(key.table());
            }
        }
    }

    private static void read(ByteBuffer rows, TableMap map, BitSet present, Image image) {
        int nulls = rows.position();
        int at = nulls + (present.cardinality() + 7) / 8;
        int bit = 0;
        for (int column = 0; column < map.columns().size(); column++) {
            if (!present.get(column)) {
                image.lengths[column] = Image.MISSING;
            } else if (isSet(rows, nulls, bit++)) {
                image.lengths[column] = Image.NULL;
            } else {
                at = step(rows, map.columns().get(column), at, image, column);
            }
        }
        rows.position(at);
    }

    private static int step(ByteBuffer rows, ColumnType type, int at, Image image, int column) {
        image.starts[column] = at + ValueSize.prefix(type);
        image.lengths[column] = ValueSize.content(type, rows, at);
        return image.starts[column] + image.lengths[column];
    }

    /** JSON columns may hold differences: no key has such a column. */
    private void readPartial(ByteBuffer rows, TableMap map, BitSet present) {
        boolean partial = (Lenenc.read(rows) & 1) != 0;
        int differences = rows.position();
        int json = partial ? (int) map.columns().stream().filter(ColumnType::isJson).count() : 0;
        int nulls = differences + (json + 7) / 8;
        int at = nulls + (present.cardinality() + 7) / 8;
        int bit = 0;
        int jsonColumn = 0;
        for (int column = 0; column < map.columns().size(); column++) {
            ColumnType type = map.columns().get(column);
            boolean difference = type.isJson() && partial && isSet(rows, differences, jsonColumn++);
            if (!present.get(column)) {
                after.lengths[column] = Image.MISSING;
            } else if (isSet(rows, nulls, bit++)) {
                after.lengths[column] = Image.NULL;
            } else if (difference) {
                after.lengths[column] = Image.MISSING;
                at += Integer.BYTES + rows.getInt(at);
            } else {
                at = step(rows, type, at, after, column);
            }
        }
        rows.position(at);
    }

    private static boolean isSet(ByteBuffer bytes, int start, int bit) {
        return (bytes.get(start + bit / 8) >> bit % 8 & 1) != 0;
    }

    private void single(ByteBuffer rows, TableKeys keys, WriteSet into) {
        List<TableKeys.Key> all = keys.keys();
        for (int i = 0; i < all.size(); i++) {
            add(all.get(i), hash(rows, all.get(i), before, before), into);
        }
    }

    /**
     * A key that stays as it is gets in nobody's way: to take its value another row would have to wait for this one to go, which the first
     * key tells.
     */
    private void update(ByteBuffer rows, TableKeys keys, WriteSet into) {
        List<TableKeys.Key> all = keys.keys();
        for (int i = 0; i < all.size(); i++) {
            TableKeys.Key key = all.get(i);
            if (!isUnchanged(rows, key)) {
                add(key, hash(rows, key, before, before), into);
                add(key, hash(rows, key, after, before), into);
                if (key.own()) {
                    keys.touched().forEach(into::change);
                }
            } else if (i == 0) {
                add(key, hash(rows, key, before, before), into);
            }
        }
    }

    private boolean isUnchanged(ByteBuffer rows, TableKeys.Key key) {
        for (int i = 0; i < key.parts().size(); i++) {
            int column = key.parts().get(i).column();
            if (column == TableKeys.Part.NO_COLUMN || !after.isMissing(column) && !isSame(rows, column)) {
                return false;
            }
        }
        return true;
    }

    private boolean isSame(ByteBuffer rows, int column) {
        int length = before.lengths[column];
        if (length != after.lengths[column]) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (rows.get(before.starts[column] + i) != rows.get(after.starts[column] + i)) {
                return false;
            }
        }
        return true;
    }

    private static void add(TableKeys.Key key, long hash, WriteSet into) {
        if (hash == NOTHING) {
            return;
        }
        if (hash == UNSURE) {
            into.change(key.table());
        } else if (key.own()) {
            into.change(hash);
        } else {
            into.rely(hash);
        }
    }

    /**
     * The hash of a row's values of a key; {@link #NOTHING} where one is NULL, since NULL is equal to nothing; {@link #UNSURE} where equal
     * values could have another.
     *
     * @param otherwise where a value is taken from that the image does not have
     */
    private static long hash(ByteBuffer rows, TableKeys.Key key, Image image, Image otherwise) {
        long hash = key.columns();
        boolean sure = true;
        for (int i = 0; i < key.parts().size(); i++) {
            TableKeys.Part part = key.parts().get(i);
            if (part.column() == TableKeys.Part.NO_COLUMN) {
                sure = false;
                continue;
            }
            Image from = image.isMissing(part.column()) ? otherwise : image;
            int length = from.lengths[part.column()];
            if (length == Image.NULL) {
                return NOTHING;
            }
            if (length == Image.MISSING) {
                sure = false;
                continue;
            }
            long next = ValueHash.add(hash, rows, from.starts[part.column()], length, part);
            sure &= next != ValueHash.UNSURE;
            hash = next;
        }
        return sure ? hash | MARK : UNSURE;
    }
}
