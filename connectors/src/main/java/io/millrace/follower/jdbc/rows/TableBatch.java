package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.row.RowsEvent;
import io.millrace.binlog.row.Value;
import io.millrace.binlog.writeset.TableKeys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a run of transactions comes to in one table, sent as few statements for many rows: the keys that went, the rows that changed, the
 * rows that came. One thread.
 */
final class TableBatch {
    /** One statement's rows: with more the server's range optimizer may run out of its memory and read the whole table. */
    private static final int MOST_ROWS = 200;
    /** A value of these types can be another text and yet the same to the server, or the same text and another value. */
    private static final Set<String> NOT_COMPARABLE = Set.of("float", "double", "json", "geometry", "point", "linestring", "polygon", "multipoint",
            "multilinestring", "multipolygon", "geomcollection", "geometrycollection", "vector");

    private final TableShapes.Shape shape;
    private final boolean comparable;
    private final NetChanges changes;
    private String insertHead = "";

    TableBatch(TableShapes.Shape shape) {
        this.shape = shape;
        comparable = shape.columns().stream().noneMatch(column -> NOT_COMPARABLE.contains(column.dataType()));
        changes = new NetChanges(comparable);
    }

    /** Whether rows of this event can be taken: their images are whole, and their order does not matter. */
    boolean takes(RowsEvent rows) {
        return !shape.batchKey().isEmpty() && isWhole(rows.before(), rows) && (rows.kind() != RowsEvent.Kind.UPDATE || isWhole(rows.after(), rows));
    }

    /** MySQL sets the bits beyond the last column, too. */
    private static boolean isWhole(BitSet image, RowsEvent rows) {
        return image.nextClearBit(0) >= rows.columnCount();
    }

    /**
     * Takes a change of a row. What was taken before is written down first where the two depend on each other.
     *
     * @return whether it was taken; if not it must be made by a statement of its own, after what was taken before
     */
    boolean add(SqlRows texts, List<Optional<Value>> before, List<Optional<Value>> after, SqlText drained) {
        Optional<NetChanges.Key> old = before.isEmpty() ? Optional.empty() : key(texts, before);
        Optional<NetChanges.Key> next = after.isEmpty() ? Optional.empty() : key(texts, after);
        boolean stays = old.isPresent() && old.equals(next);
        if (old.isEmpty() != before.isEmpty() || next.isEmpty() != after.isEmpty() || stays && !comparable) {
            return false;
        }
        if (!after.isEmpty()) {
            insertHead = texts.insertHead(after);
        }
        String gone = before.isEmpty() ? "" : texts.tuple(before);
        String come = after.isEmpty() ? "" : texts.tuple(after);
        if (stays) {
            put(old.get(), gone, come, drained);
        } else {
            old.ifPresent(key -> put(key, gone, "", drained));
            next.ifPresent(key -> put(key, "", come, drained));
        }
        return true;
    }

    private void put(NetChanges.Key key, String before, String after, SqlText drained) {
        if (!changes.add(key, before, after)) {
            drainTo(drained);
            changes.add(key, before, after);
        }
    }

    /** Empty where it is not known which keys the server holds for equal to this one. */
    private Optional<NetChanges.Key> key(SqlRows texts, List<Optional<Value>> image) {
        List<String> literals = new ArrayList<>();
        long hash = 1;
        for (TableKeys.Part part : shape.batchKey()) {
            literals.add(texts.literal(part.column(), image));
            hash = part.hash(hash, bytes(image.get(part.column()).orElseThrow()));
            if (hash == TableKeys.UNSURE) {
                return Optional.empty();
            }
        }
        return Optional.of(new NetChanges.Key(exact(literals), hash));
    }

    private static ByteBuffer bytes(Value value) {
        return switch (value) {
            case Value.Bytes bytes -> bytes.bytes();
            case Value.Text text -> ByteBuffer.wrap(text.text().getBytes(StandardCharsets.ISO_8859_1));
            case Value.Null none -> ByteBuffer.allocate(0);
            case Value.Json json -> json.bytes();
            case Value.Floating number -> ByteBuffer.allocate(Double.BYTES).putDouble(0, number.number());
        };
    }

    /** MariaDB finds rows by {@code (a, b) IN (…)} without the index, so columns are compared one by one. */
    private String exact(List<String> literals) {
        if (literals.size() == 1) {
            return literals.getFirst();
        }
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < literals.size(); i++) {
            conditions.add(name(i) + " = " + literals.get(i));
        }
        return "(" + String.join(" AND ", conditions) + ")";
    }

    private String name(int part) {
        return shape.columns().get(shape.batchKey().get(part).column()).name();
    }

    int length() {
        return changes.length();
    }

    /** Writes the statements of everything that was taken. */
    void drainTo(SqlText sql) {
        if (changes.isEmpty()) {
            return;
        }
        NetChanges.Result result = changes.result();
        inParts(result.deletedKeys(), sql, 1, this::delete);
        inParts(result.changedRows(), sql, 2, rows -> insertHead + String.join(", ", rows) + " ON DUPLICATE KEY UPDATE " + assignments());
        inParts(result.newRows(), sql, 1, rows -> insertHead + String.join(", ", rows));
        inParts(result.passingKeys(), sql, 1, this::delete);
        changes.clear();
    }

    /**
     * @param countEach what each row counts: a changed row two
     * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/insert-on-duplicate.html">INSERT ... ON DUPLICATE KEY UPDATE: affected rows</a>
     */
    private static void inParts(List<String> rows, SqlText sql, int countEach, Function<List<String>, String> statement) {
        for (int from = 0; from < rows.size(); from += MOST_ROWS) {
            List<String> part = rows.subList(from, Math.min(rows.size(), from + MOST_ROWS));
            sql.add(statement.apply(part), countEach * part.size());
        }
    }

    /** Without the hint a small table would be read whole, and its every row be waited for that another session has locked. */
    private String delete(List<String> keys) {
        String where = shape.batchKey().size() == 1 ? name(0) + " IN (" + String.join(", ", keys) + ")" : String.join(" OR ", keys);
        return "DELETE " + shape.quoted() + " FROM " + shape.quoted() + " FORCE INDEX (PRIMARY) WHERE " + where;
    }

    private String assignments() {
        return shape.columns().stream().filter(column -> !column.key() && !column.generated())
                .map(column -> column.name() + " = VALUES(" + column.name() + ")").collect(Collectors.joining(", "));
    }
}
