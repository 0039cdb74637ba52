package io.millrace.snapshot.mysql;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.row.Value;
import io.millrace.connection.Endpoint;
import io.millrace.connection.ServerConnection;
import io.millrace.protocol.TextRow;
import io.millrace.snapshot.Column;
import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.RowSink;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotView;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import io.millrace.snapshot.mysql.keys.KeyConditions;
import io.millrace.snapshot.mysql.keys.KeySplitter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A transaction WITH CONSISTENT SNAPSHOT on a connection of its own. One thread. */
final class MySqlSnapshotView implements SnapshotView {
    private final Endpoint endpoint;
    private final ServerConnection connection;
    private final GtidSet before;
    private final BinlogCoordinates after;
    private final Consumer<ServerConnection> whenClosed;

    MySqlSnapshotView(Endpoint endpoint, ServerConnection connection, GtidSet before, BinlogCoordinates after,
            Consumer<ServerConnection> whenClosed) {
        this.endpoint = endpoint;
        this.connection = connection;
        this.before = before;
        this.after = after;
        this.whenClosed = whenClosed;
    }

    @Override
    public GtidSet before() {
        return before;
    }

    @Override
    public BinlogCoordinates after() {
        return after;
    }

    @Override
    public Optional<List<Optional<Value>>> readRow(TableDefinition table, List<Value> key) throws SnapshotException {
        List<String> conditions = new ArrayList<>();
        for (int i = 0; i < key.size(); i++) {
            Column column = table.columns().get(table.indexOf(table.primaryKey().get(i)));
            String literal = ColumnSql.literal(column, key.get(i))
                    .orElseThrow(() -> new SnapshotException.Refused("the key of " + table.name() + " cannot be looked up", null));
            conditions.add(TableName.quote(column.name()) + " = " + literal);
        }
        String sql = "SELECT " + table.columns().stream().map(column -> ColumnSql.comparable(column, table.primaryKey().contains(column.name())))
                .collect(Collectors.joining(", ")) + " FROM "
                + table.name().quoted() + " WHERE " + String.join(" AND ", conditions);
        List<List<Optional<Value>>> rows = new ArrayList<>();
        try {
            connection.stream(sql, packet -> rows.add(row(packet, table)));
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
        return rows.stream().filter(row -> hasKey(table, row, key)).findFirst();
    }

    private static List<Optional<Value>> row(ByteBuffer packet, TableDefinition table) {
        List<Optional<Value>> values = new ArrayList<>();
        for (Column column : table.columns()) {
            long length = TextRow.nextLength(packet);
            if (length == TextRow.NULL) {
                boolean known = ColumnSql.isComparable(column, table.primaryKey().contains(column.name()));
                values.add(known ? Optional.of(new Value.Null()) : Optional.empty());
            } else {
                byte[] bytes = new byte[(int) length];
                packet.get(bytes);
                values.add(Optional.of(value(column, bytes)));
            }
        }
        return values;
    }

    private static Value value(Column column, byte[] bytes) {
        if (!column.isBytes()) {
            return new Value.Text(new String(bytes, StandardCharsets.UTF_8));
        }
        int length = bytes.length;
        while (column.dataType().equals("binary") && length > 0 && bytes[length - 1] == 0) {
            length--; // The binlog leaves the padding out.
        }
        return new Value.Bytes(ByteBuffer.wrap(bytes, 0, length));
    }

    /** A case-insensitive key finds rows that are equal to it but are not it. */
    private static boolean hasKey(TableDefinition table, List<Optional<Value>> row, List<Value> key) {
        for (int i = 0; i < key.size(); i++) {
            if (!row.get(table.indexOf(table.primaryKey().get(i))).equals(Optional.of(key.get(i)))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public List<KeyRange> ranges(TableDefinition table, long bytes) throws SnapshotException {
        try {
            return new KeySplitter(connection, table, select(table)).split(bytes);
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    @Override
    public void copy(TableDefinition table, KeyRange range, RowSink sink) throws SnapshotException, IOException {
        String sql = select(table) + ColumnSql.selectList(table) + " FROM " + table.name().quoted() + KeyConditions.where(table, range);
        int columns = Math.max(1, table.stored().size());
        try {
            connection.stream(sql, new Rows(columns, sink));
        } catch (SinkFailure e) {
            connection.close(); // The rest of the rows is still to come: whatever were asked next would read them as its answer.
            throw e.failure;
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    /** A locked table is read past the writers who wait for it; MariaDB would let them go first, and both wait for ever. */
    private static String select(TableDefinition table) {
        return table.isTransactional() ? "SELECT " : "SELECT HIGH_PRIORITY ";
    }

    @Override
    public void close() {
        whenClosed.accept(connection);
    }

    /** Makes lines of rows. */
    private static final class Rows implements ServerConnection.WideRowReceiver {
        private final int columns;
        private final RowSink sink;
        private final TsvEncoder encoder = new TsvEncoder();
        private TsvEncoder.@Nullable WideRow wide;

        Rows(int columns, RowSink sink) {
            this.columns = columns;
            this.sink = sink;
        }

        @Override
        public void row(ByteBuffer packet) throws IOException {
            try {
                sink.row(encoder.encode(packet, columns));
            } catch (IOException e) {
                throw new SinkFailure(e);
            }
        }

        @Override
        public void part(ByteBuffer bytes, boolean last) throws IOException {
            TsvEncoder.WideRow row = wide == null ? encoder.new WideRow(columns, sink) : wide;
            wide = last ? null : row;
            try {
                row.part(bytes);
            } catch (IOException e) {
                throw new SinkFailure(e);
            }
        }
    }

    /** Tells a failure of the disk from one of the leader. */
    private static final class SinkFailure extends IOException {
        private final IOException failure;

        SinkFailure(IOException failure) {
            super(failure);
            this.failure = failure;
        }
    }
}
