package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.writeset.TableKeys;
import io.millrace.binlog.writeset.TableKeys.Form;
import io.millrace.binlog.writeset.TableKeys.Part;
import io.millrace.follower.jdbc.statements.AppliedSchemas;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * By which keys the rows of the follower's tables are told apart. Where that cannot be known for sure, as for a functional index, the
 * whole table counts. One thread.
 */
public final class KeyCatalog {
    /**
     * Collations by which two words of ASCII are equal only if their letters and digits are. In others {@code i} is {@code j}, as in Roman, or
     * {@code v} is {@code w}, as in Swedish.
     */
    private static final Set<String> FOLDED = Set.of("utf8mb4_0900_ai_ci", "utf8mb4_0900_as_ci", "utf8mb4_0900_as_cs", "utf8mb4_general_ci",
            "utf8mb4_unicode_ci", "utf8mb4_unicode_520_ci", "utf8mb3_general_ci", "utf8mb3_unicode_ci", "utf8mb3_unicode_520_ci", "utf8_general_ci",
            "utf8_unicode_ci", "utf8_unicode_520_ci", "latin1_swedish_ci", "latin1_general_ci", "latin1_general_cs", "ascii_general_ci",
            "utf8mb4_uca1400_ai_ci", "utf8mb3_uca1400_ai_ci");
    private static final Set<String> TEXTS = Set.of("char", "varchar", "tinytext", "text", "mediumtext", "longtext");
    private static final Set<String> BYTES = Set.of("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob");
    private static final Set<String> EXACT = Set.of("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "date", "time", "datetime",
            "timestamp", "year", "enum", "set", "bit");

    private final AppliedSchemas schemas;
    private final Connection connection;
    private final boolean mariaDb;
    private final KnownTables known;

    /** @param known what other sessions of the follower have asked of its tables */
    public KeyCatalog(AppliedSchemas schemas, Connection connection, boolean mariaDb, KnownTables known) {
        this.schemas = schemas;
        this.connection = connection;
        this.mariaDb = mariaDb;
        this.known = known;
    }

    KnownTables known() {
        return known;
    }

    /** The collations whose words are compared as if they had no case and nothing but letters and digits. */
    public static Set<String> folded() {
        return FOLDED;
    }

    /** A column as a key sees it. */
    private record KeyColumn(int index, Form form) {}

    /** A unique index. */
    private static final class Index {
        private final List<String> columns = new ArrayList<>();
        private final List<Integer> prefixes = new ArrayList<>();
        private boolean identifies = true;
    }

    /** Tables may have changed. */
    public void forget() {
        known.forget();
    }

    /** The keys of a table of the follower; of one that is not there nothing is known. */
    public TableKeys of(TableMap map) throws SQLException {
        if (!schemas.contains(map.schema())) {
            return TableKeys.none();
        }
        String written = map.schema() + "\0" + map.table();
        TableKeys found = known.keys().get(written);
        if (found == null) {
            found = ask(map, new ForeignKeys.Name(map.schema(), map.table()));
            known.keys().put(written, found);
        }
        return found;
    }

    /** The columns of the key that tells each row from all others, by number from 0; empty if there is none. */
    public BitSet rowKey(TableMap map) throws SQLException {
        TableKeys all = of(map);
        BitSet columns = new BitSet();
        if (all.identified() && !all.keys().isEmpty()) {
            for (Part part : all.keys().getFirst().parts()) {
                if (part.prefix() > 0) {
                    return new BitSet(); // A part of a value is not found in an image that has only whole ones.
                }
                columns.set(part.column());
            }
        }
        return columns;
    }

    /** Whether the table refers to no other one by a foreign key, and none refers to it. */
    boolean standsAlone(TableMap map) throws SQLException {
        ForeignKeys.Name name = new ForeignKeys.Name(map.schema(), map.table());
        return foreignKeys().from(name).isEmpty() && foreignKeys().to(name).isEmpty();
    }

    private ForeignKeys foreignKeys() throws SQLException {
        Optional<ForeignKeys> found = known.foreignKeys();
        if (found.isPresent()) {
            return found.get();
        }
        ForeignKeys read = ForeignKeys.read(connection);
        known.foreignKeys(read);
        return read;
    }

    private TableKeys ask(TableMap map, ForeignKeys.Name name) throws SQLException {
        ForeignKeys all = foreignKeys();
        try (Statement statement = connection.createStatement()) {
            String where = " WHERE TABLE_SCHEMA = " + TableShapes.text(map.schema()) + " AND TABLE_NAME = " + TableShapes.text(map.table());
            Map<String, KeyColumn> columns = columns(statement, where);
            List<Index> indexes = indexes(statement, where);
            boolean identified = columns.size() == map.columns().size() && !indexes.isEmpty() && indexes.getFirst().identifies
                    && !(mariaDb && isOfPeriods(statement, where, map));
            List<TableKeys.Key> keys = new ArrayList<>();
            indexes.forEach(index -> keys.add(key(name, name, columns, index.columns, index.columns, index.prefixes)));
            all.to(name).forEach(key -> keys.add(key(name, name, columns, key.referredColumns(), key.referredColumns(), List.of())));
            all.from(name).forEach(key -> keys.add(reference(name, columns, key)));
            return new TableKeys(hash(name), identified, keys.stream().distinct().toList(),
                    all.touchedBy(name).stream().map(KeyCatalog::hash).toList());
        }
    }

    private static long hash(ForeignKeys.Name name) {
        return TableKeys.name(name.schema(), name.table());
    }

    private static TableKeys.Key reference(ForeignKeys.Name name, Map<String, KeyColumn> columns, ForeignKeys.ForeignKey key) {
        return key(name, key.referred(), columns, key.columns(), key.referredColumns(), List.of());
    }

    /** Both ends of a reference name and order its columns as the table does that is referred to. */
    private static TableKeys.Key key(ForeignKeys.Name of, ForeignKeys.Name in, Map<String, KeyColumn> columns, List<String> names,
            List<String> namesThere,
            List<Integer> prefixes) {
        List<Integer> order = IntStream.range(0, names.size()).boxed()
                .sorted(Comparator.comparing((Integer i) -> namesThere.get(i).toLowerCase(Locale.ROOT))).toList();
        List<Part> parts = new ArrayList<>();
        List<String> place = new ArrayList<>(List.of(in.schema(), in.table()));
        for (int i : order) {
            KeyColumn column = columns.getOrDefault(names.get(i).toLowerCase(Locale.ROOT), new KeyColumn(Part.NO_COLUMN, Form.UNKNOWN));
            int prefix = prefixes.isEmpty() ? 0 : prefixes.get(i);
            parts.add(new Part(column.index(), column.form(), prefix));
            place.add(namesThere.get(i) + (prefix == 0 ? "" : "(" + prefix + ")"));
        }
        // A table that refers to itself is found by its own keys, and refers by others.
        boolean own = of.equals(in) && names.equals(namesThere);
        return new TableKeys.Key(hash(in), TableKeys.name(place.toArray(String[]::new)), own, parts);
    }

    private static Map<String, KeyColumn> columns(Statement statement, String where) throws SQLException {
        Map<String, KeyColumn> columns = new LinkedHashMap<>();
        try (ResultSet row = statement.executeQuery(
                "SELECT COLUMN_NAME, DATA_TYPE, COLLATION_NAME, EXTRA FROM information_schema.COLUMNS" + where + " ORDER BY ORDINAL_POSITION")) {
            while (row.next()) {
                boolean virtual = String.valueOf(row.getString(4)).toUpperCase(Locale.ROOT).contains("VIRTUAL");
                Form form = virtual ? Form.UNKNOWN : form(row.getString(2).toLowerCase(Locale.ROOT), String.valueOf(row.getString(3)));
                columns.put(row.getString(1).toLowerCase(Locale.ROOT), new KeyColumn(columns.size(), form));
            }
        }
        return columns;
    }

    private static Form form(String type, String collation) {
        if (EXACT.contains(type)) {
            return Form.EXACT;
        }
        if (BYTES.contains(type) || TEXTS.contains(type) && collation.endsWith("_bin")) {
            return Form.PADDED;
        }
        return TEXTS.contains(type) && FOLDED.contains(collation) ? Form.FOLDED : Form.UNKNOWN;
    }

    /** Unique indexes; first the one that tells every row from all others, where there is one. */
    private static List<Index> indexes(Statement statement, String where) throws SQLException {
        Map<String, Index> found = new LinkedHashMap<>();
        try (ResultSet row = statement.executeQuery("SELECT INDEX_NAME, COLUMN_NAME, SUB_PART, NULLABLE FROM information_schema.STATISTICS" + where
                + " AND NON_UNIQUE = 0 ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX")) {
            while (row.next()) {
                Index index = found.computeIfAbsent(row.getString(1), absent -> new Index());
                String column = row.getString(2);
                index.columns.add(column == null ? "" : column); // An expression has no column, and its value is not in the row.
                index.prefixes.add(row.getInt(3));
                index.identifies &= column != null && !"YES".equals(row.getString(4));
            }
        }
        return found.values().stream().sorted(Comparator.comparing((Index index) -> !index.identifies)).toList();
    }

    /** Rows of such tables are unique with their period, which no index tells. */
    private static boolean isOfPeriods(Statement statement, String where, TableMap map) throws SQLException {
        String type = first(statement, "SELECT TABLE_TYPE FROM information_schema.TABLES" + where, 1);
        return type.contains("VERSIONED") || first(statement, "SHOW CREATE TABLE " + TableShapes.quoted(map), 2).contains("PERIOD FOR");
    }

    private static String first(Statement statement, String sql, int column) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(column)) : "";
        }
    }
}
