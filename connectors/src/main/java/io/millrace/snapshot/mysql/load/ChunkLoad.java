package io.millrace.snapshot.mysql.load;

import com.mysql.cj.jdbc.JdbcStatement;
import io.millrace.snapshot.Column;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Puts the rows of a chunk into a table. */
final class ChunkLoad {
    private static final int INSERT_BYTES = 1 << 20;
    /** A row that is inserted is there as bytes, twice as text, in the driver and in a packet of it, with each of some loaders. */
    private static final long MOST_ROW_BYTES = Runtime.getRuntime().maxMemory() / 64;
    /** As a server says of a packet that is too large. */
    private static final int TOO_WIDE = 1153;
    private static final int DATA_TRUNCATED = 1265;
    /** Of a value inside an expression. */
    private static final int TRUNCATED_WRONG_VALUE = 1292;
    private static final String WARNING_STATE = "01000";

    private ChunkLoad() {
    }

    /**
     * Streams the chunk as it is.
     *
     * @return how many rows the follower took
     */
    static long byLoadData(Statement statement, TableDefinition table, InputStream rows) throws SQLException {
        statement.unwrap(JdbcStatement.class).setLocalInfileInputStream(rows);
        List<String> targets = new ArrayList<>();
        List<String> assignments = new ArrayList<>();
        for (Column column : table.stored()) {
            String name = TableName.quote(column.name());
            String variable = "@v" + targets.size();
            switch (column.encoding()) {
                case PLAIN, FLOAT -> targets.add(name);
                case ORDINAL, BIT -> {
                    targets.add(variable);
                    assignments.add(name + " = CAST(" + variable + " AS UNSIGNED)");
                }
                case GEOMETRY -> throw new IllegalArgumentException("LOAD DATA of 8.0 refuses NOT NULL geometries: insert them");
                case CHARACTERS -> {
                    targets.add(variable);
                    assignments.add(name + " = CONVERT(" + variable + " USING utf8mb4)");
                }
            }
        }
        if (targets.isEmpty()) {
            targets.add("@v0"); // Each row is one NULL.
        }
        // The comment keeps the driver from taking the text for one that it must encode in the platform's character set.
        String sql = "/* chunk */ LOAD DATA LOCAL INFILE 'chunk' INTO TABLE " + table.name().quoted() + " CHARACTER SET binary ("
                + String.join(", ", targets)
                + ")"
                + (assignments.isEmpty() ? "" : " SET " + String.join(", ", assignments));
        return take(statement, table, sql);
    }

    /**
     * LOAD DATA LOCAL bends what does not fit, leaves out what a key refuses, and only warns.
     *
     * @throws SQLException the first warning that is not known to be harmless
     */
    private static long take(Statement statement, TableDefinition table, String sql) throws SQLException {
        long rows = statement.executeLargeUpdate(JdbcSnapshotTarget.bytes(sql));
        for (SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) {
            if (!isHarmless(warning, table)) {
                throw new SQLException("it would hold other values than the leader: " + warning.getMessage(), WARNING_STATE, warning.getErrorCode(),
                        warning);
            }
        }
        return rows;
    }

    /**
     * The number 0 of an ENUM, which stands for a value that was refused, is stored as it is, with a warning. What the server computes it
     * computes from the same values as the leader, whatever it says of them.
     */
    private static boolean isHarmless(SQLWarning warning, TableDefinition table) {
        String message = String.valueOf(warning.getMessage());
        boolean computes = table.columns().stream().anyMatch(Column::generated) || table.createStatement().contains("((");
        return warning.getErrorCode() == DATA_TRUNCATED
                && table.stored().stream().anyMatch(column -> column.dataType().equals("enum") && names(message, column.name()))
                || warning.getErrorCode() == TRUNCATED_WRONG_VALUE && computes
                        && table.stored().stream().noneMatch(column -> names(message, column.name()))
                || table.columns().stream().anyMatch(column -> column.generated() && names(message, column.name()));
    }

    private static boolean names(String message, String column) {
        return message.contains("'" + column + "'") || message.contains("`" + column + "`");
    }

    /** Whether {@link #byLoadData} can load the table. */
    static boolean canLoadData(TableDefinition table) {
        return table.stored().stream().noneMatch(column -> column.encoding() == Column.Encoding.GEOMETRY);
    }

    /** The slow way, for followers without {@code local_infile} and for geometries. */
    static long byInsert(Statement statement, TableDefinition table, InputStream rows) throws SQLException {
        String head = "INSERT INTO " + table.name().quoted() + " ("
                + table.stored().stream().map(column -> TableName.quote(column.name())).collect(Collectors.joining(", ")) + ") VALUES ";
        long loaded = 0;
        StringBuilder sql = new StringBuilder();
        TsvReader reader = new TsvReader(rows, Math.max(1, table.stored().size()), MOST_ROW_BYTES);
        try {
            for (List<Optional<ByteBuffer>> row = reader.next(); !row.isEmpty(); row = reader.next()) {
                sql.append(sql.isEmpty() ? head : ", ").append(values(table, row));
                if (sql.length() > INSERT_BYTES) {
                    loaded += take(statement, table, sql.toString());
                    sql.setLength(0);
                }
            }
        } catch (TsvReader.TooLong e) {
            throw new SQLException(e.getMessage() + ", too long to be inserted: " + (canLoadData(table)
                    ? "SET GLOBAL local_infile = ON on the follower"
                    : "give Millrace more memory (MILLRACE_JAVA_OPTIONS), since a geometry cannot be loaded otherwise"), "HY000", TOO_WIDE, e);
        } catch (IOException e) {
            throw new SQLException("a chunk cannot be read: " + e.getMessage(), "HY000", 1, e);
        }
        return sql.isEmpty() ? loaded : loaded + take(statement, table, sql.toString());
    }

    private static String values(TableDefinition table, List<Optional<ByteBuffer>> row) {
        List<String> literals = new ArrayList<>();
        for (int i = 0; i < table.stored().size(); i++) {
            Column column = table.stored().get(i);
            literals.add(row.get(i).map(value -> literal(column, value)).orElse("NULL"));
        }
        return "(" + String.join(", ", literals) + ")";
    }

    private static String literal(Column column, ByteBuffer value) {
        String text = "x'" + hex(value) + "'";
        return switch (column.encoding()) {
            case ORDINAL, BIT -> "CAST(CONVERT(" + text + " USING utf8mb4) AS UNSIGNED)";
            case CHARACTERS -> "CONVERT(" + text + " USING utf8mb4)";
            case FLOAT -> "CONVERT(" + text + " USING utf8mb4)";
            case GEOMETRY -> text;
            case PLAIN -> column.isBytes() || column.dataType().equals("vector") ? text : "CONVERT(" + text + " USING utf8mb4)";
        };
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(bytes.position(), copy);
        return HexFormat.of().formatHex(copy);
    }
}
