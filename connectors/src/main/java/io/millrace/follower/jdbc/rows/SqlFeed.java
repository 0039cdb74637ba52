package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.ColumnType;
import io.millrace.binlog.row.RowsEvent;
import io.millrace.binlog.row.RowsEventReader;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import io.millrace.binlog.row.Value;
import io.millrace.follower.jdbc.statements.AppliedSchemas;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes SQL of rows, for followers that grant no {@code BINLOG}. Where the order of a table's changes cannot matter, what they come to is
 * sent as few statements for many rows; elsewhere each row is one statement that must match one row, and inserts that follow each other
 * share one.
 */
public final class SqlFeed implements RowFeed {
    private static final int NO_FOREIGN_KEY_CHECKS = RowsEvent.NO_FOREIGN_KEY_CHECKS;
    private static final int RELAXED_UNIQUE_CHECKS = 4;
    /** MariaDB's only. */
    private static final int NO_CHECK_CONSTRAINT_CHECKS = 0x80;
    /** An event of more than this holds a large row, whose text before and after should not be kept at once. */
    private static final int LARGE = 1 << 20;

    private final AppliedSchemas schemas;
    private final TableShapes shapes;
    private final int limit;
    private final boolean mariaDb;
    private final Map<Long, TableMap> maps = new HashMap<>();
    private final Map<String, TableBatch> batches = new LinkedHashMap<>();
    private final SqlText sql = new SqlText();
    private int batched;
    private int flags;

    /** @param limit about the most characters in one packet */
    public SqlFeed(AppliedSchemas schemas, TableShapes shapes, int limit, boolean mariaDb) {
        this.schemas = schemas;
        this.shapes = shapes;
        this.mariaDb = mariaDb;
        this.limit = limit;
    }

    @Override
    public List<Packet> format(BinlogEvent formatDescription) {
        maps.clear(); // A file's tables are named anew.
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
        if (schemas.contains(map.schema())) {
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
        // Where the leader logs what its foreign keys do, nothing is left for the follower's: REPLACE deletes a row that others refer to.
        int cascaded = (rowFlags & RowsEvent.CASCADES_LOGGED) == 0 ? 0 : NO_FOREIGN_KEY_CHECKS;
        int wanted = (rowFlags | cascaded) & (NO_FOREIGN_KEY_CHECKS | RELAXED_UNIQUE_CHECKS | NO_CHECK_CONSTRAINT_CHECKS);
        if (wanted != flags) {
            batches.values().forEach(batch -> batch.drainTo(sql)); // Their rows came under the checks that were in force before.
            batched = 0;
            sql.add("SET foreign_key_checks = " + onUnless(wanted, NO_FOREIGN_KEY_CHECKS) + ", unique_checks = "
                    + onUnless(wanted, RELAXED_UNIQUE_CHECKS)
                    + (mariaDb ? ", check_constraint_checks = " + onUnless(wanted, NO_CHECK_CONSTRAINT_CHECKS) : ""), Packet.ANY_COUNT);
            flags = wanted;
        }
    }

    private static int onUnless(int flags, int flag) {
        return (flags & flag) == 0 ? 1 : 0;
    }

    private void rows(RowsEvent rows, TableMap map, List<Packet> full) throws SQLException {
        TableShapes.Shape shape = shapes.of(map);
        TableBatch batch = batches.compute(shape.quoted(), (name, known) -> known == null || known.length() == 0 ? new TableBatch(shape) : known);
        SqlRows texts = new SqlRows(shape, map);
        if (rows.kind() == RowsEvent.Kind.PARTIAL_UPDATE) {
            RowsEventReader.forEachPartialUpdate(rows, map, (before, after, diffs) -> {
                batched -= batch.length();
                batch.drainTo(sql);
                sql.add(texts.update(before, after, diffs), 1);
                giveIfFull(full);
            });
            return;
        }
        boolean takes = rows.rows().remaining() <= LARGE && batch.takes(rows);
        RowsEventReader.forEachRow(rows, map, (before, after) -> {
            int length = batch.length();
            if (!takes || !batch.add(texts, before, after, sql)) {
                batch.drainTo(sql);
                single(texts, before, after);
            }
            batched += batch.length() - length;
            giveIfFull(full);
        });
    }

    private void single(SqlRows texts, List<Optional<Value>> before, List<Optional<Value>> after) {
        if (before.isEmpty()) {
            sql.insert(texts.insertHead(after), texts.tuple(after));
        } else if (after.isEmpty()) {
            sql.add(texts.delete(before), 1);
        } else {
            sql.add(texts.update(before, after, Map.of()), 1);
        }
    }

    private void giveIfFull(List<Packet> full) {
        if (sql.length() + batched > limit) {
            full.addAll(drain());
        }
    }

    @Override
    public List<Packet> drain() {
        batches.values().forEach(batch -> batch.drainTo(sql)); // They stay: the rest of an event may still come into one.
        batched = 0;
        return sql.take();
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
        sql.clear();
        batches.clear();
        batched = 0;
        maps.clear();
        flags = -1;
    }

    @Override
    public void sessionChanged() {
        flags = -1;
    }

    @Override
    public void definitionsChanged() {
        shapes.forget();
        batches.clear();
        flags = -1;
    }
}
