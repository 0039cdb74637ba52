package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.ColumnType;
import io.millrace.binlog.row.JsonDiff;
import io.millrace.binlog.row.RowsEvent;
import io.millrace.binlog.row.RowsEventReader;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import io.millrace.binlog.row.Value;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes SQL of rows, for followers that grant no {@code BINLOG}. Each row is one statement that must match one row; inserts that follow
 * each other share one.
 */
public final class SqlFeed implements RowFeed {
    private static final int NO_FOREIGN_KEY_CHECKS = 2;
    private static final int RELAXED_UNIQUE_CHECKS = 4;

    private final TableShapes shapes;
    private final int limit;
    private final Map<Long, TableMap> maps = new HashMap<>();
    private final StringBuilder sql = new StringBuilder();
    private String insertHead = "";
    private int insertRows;
    private int matches;
    private int flags;

    /** @param limit about the most characters in one packet */
    public SqlFeed(TableShapes shapes, int limit) {
        this.shapes = shapes;
        this.limit = limit;
    }

    @Override
    public List<Packet> format(BinlogEvent formatDescription) {
        return List.of();
    }

    @Override
    public List<Packet> add(BinlogEvent event) throws SQLException {
        if (event.type() == EventType.TABLE_MAP) {
            TableMap map = TableMapReader.read(event.body());
            maps.put(map.tableId(), map);
            return List.of();
        }
        RowsEvent rows = RowsEventReader.read(event);
        TableMap map = maps.get(rows.tableId());
        if (map == null) {
            throw new SQLException("rows of table id " + rows.tableId() + " came without a table map", "HY000", 1105);
        }
        List<Packet> full = new ArrayList<>();
        if (!OF_ONE_SERVER.contains(map.schema())) {
            checks(rows.flags());
            rows(rows, withSigns(map), full);
        }
        return full;
    }

    private TableMap withSigns(TableMap map) throws SQLException {
        List<ColumnType> types = new ArrayList<>(map.columns());
        List<TableShapes.ShapeColumn> columns = shapes.of(map).columns();
        if (columns.size() > types.size()) {
            throw new SQLException("the follower's table " + map.schema() + "." + map.table() + " has " + columns.size() + " columns, the leader's "
                    + types.size(), "21S01", 1136);
        }
        for (int i = 0; i < columns.size(); i++) {
            types.set(i, types.get(i).withUnsigned(columns.get(i).unsigned()));
        }
        return new TableMap(map.tableId(), map.schema(), map.table(), types);
    }

    private void checks(int rowFlags) {
        int wanted = rowFlags & (NO_FOREIGN_KEY_CHECKS | RELAXED_UNIQUE_CHECKS);
        if (wanted != flags) {
            statement("SET foreign_key_checks = " + ((wanted & NO_FOREIGN_KEY_CHECKS) == 0 ? 1 : 0) + ", unique_checks = "
                    + ((wanted & RELAXED_UNIQUE_CHECKS) == 0 ? 1 : 0));
            flags = wanted;
        }
    }

    private void rows(RowsEvent rows, TableMap map, List<Packet> full) throws SQLException {
        TableShapes.Shape shape = shapes.of(map);
        if (rows.kind() == RowsEvent.Kind.PARTIAL_UPDATE) {
            RowsEventReader.forEachPartialUpdate(rows, map, (before, after, diffs) -> {
                update(shape, map, before, after, diffs);
                giveIfFull(full);
            });
            return;
        }
        RowsEventReader.forEachRow(rows, map, (before, after) -> {
            if (before.isEmpty()) {
                insert(shape, map, after);
            } else if (after.isEmpty()) {
                counted("DELETE FROM " + shape.quoted() + " WHERE " + where(shape, map, before) + " LIMIT 1");
            } else {
                update(shape, map, before, after, Map.of());
            }
            giveIfFull(full);
        });
    }

    private void giveIfFull(List<Packet> full) {
        if (sql.length() > limit) {
            full.addAll(drain());
        }
    }

    private void insert(TableShapes.Shape shape, TableMap map, List<Optional<Value>> after) {
        List<String> names = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < shape.columns().size(); i++) {
            TableShapes.ShapeColumn column = shape.columns().get(i);
            if (after.get(i).isPresent() && !column.generated()) {
                names.add(column.name());
                values.add(SqlLiterals.of(column, map.columns().get(i), after.get(i).get()));
            }
        }
        String head = "INSERT INTO " + shape.quoted() + " (" + String.join(", ", names) + ") VALUES ";
        if (head.equals(insertHead)) {
            sql.append(", ");
        } else {
            statement(head);
            insertHead = head;
        }
        sql.append('(').append(String.join(", ", values)).append(')');
        insertRows++;
    }

    private void update(TableShapes.Shape shape, TableMap map, List<Optional<Value>> before, List<Optional<Value>> after,
            Map<Integer, List<JsonDiff>> diffs) {
        List<String> assignments = new ArrayList<>();
        for (int i = 0; i < shape.columns().size(); i++) {
            TableShapes.ShapeColumn column = shape.columns().get(i);
            if (diffs.containsKey(i)) {
                assignments.add(column.name() + " = " + JsonPatch.expression(column.name(), diffs.getOrDefault(i, List.of())));
            } else if (after.get(i).isPresent() && !column.generated()) {
                assignments.add(column.name() + " = " + SqlLiterals.of(column, map.columns().get(i), after.get(i).get()));
            }
        }
        counted("UPDATE " + shape.quoted() + " SET " + String.join(", ", assignments) + " WHERE " + where(shape, map, before) + " LIMIT 1");
    }

    private static String where(TableShapes.Shape shape, TableMap map, List<Optional<Value>> before) {
        boolean keyed = shape.hasKey();
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < shape.columns().size(); i++) {
            TableShapes.ShapeColumn column = shape.columns().get(i);
            if (before.get(i).isPresent() && (column.key() || !keyed)) {
                conditions.add(SqlLiterals.condition(column, map.columns().get(i), before.get(i).get()));
            }
        }
        return String.join(" AND ", conditions);
    }

    private void counted(String text) {
        statement(text);
        matches++;
    }

    private void statement(String text) {
        endInsert();
        sql.append(sql.isEmpty() ? "" : "; ").append(text);
    }

    /** An insert of one row has a count of one, as an update and a delete must have. */
    private void endInsert() {
        if (insertRows == 1) {
            matches++;
        }
        insertHead = "";
        insertRows = 0;
    }

    @Override
    public List<Packet> drain() {
        endInsert();
        if (sql.isEmpty()) {
            return List.of();
        }
        Packet packet = new Packet(sql.toString(), matches);
        clearText();
        return List.of(packet);
    }

    private void clearText() {
        sql.setLength(0);
        insertHead = "";
        insertRows = 0;
        matches = 0;
    }

    /** Each row is a statement by itself. */
    @Override
    public void keepWhole(boolean wanted) {
        if (wanted) {
            throw new IllegalArgumentException("rows that are applied as SQL cannot be kept in one statement");
        }
    }

    @Override
    public void clear() {
        clearText();
        maps.clear();
        flags = -1;
    }

    @Override
    public void definitionsChanged() {
        shapes.forget();
        flags = -1;
    }
}
