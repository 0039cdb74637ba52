package io.millrace.snapshot.mysql.load;

import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SchemaObject;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a seeding keeps note of on the follower: in {@code millrace.seed} that it has begun, and which chunks are loaded; in
 * {@code millrace.seed_schema} which schemas it makes, so that one that did not end may be begun again, and nothing else is taken for what
 * it left. Any thread.
 */
final class SeedingNotes {
    /** Whoever has not gone on with a seeding for so long has something else there by now. */
    static final int DAYS = 30;
    /** Stands for "all tables are made". */
    private static final long TABLES = 0;
    /** Added to the number of a chunk, says that its loading was begun. */
    private static final long BEGUN = 1L << 31;
    private static final String FRESH = " AND noted_at > NOW() - INTERVAL " + DAYS + " DAY";

    private final String follower;

    SeedingNotes(String follower) {
        this.follower = follower;
    }

    /** Whether the loading of this snapshot was begun, and its tables are all made. */
    boolean isUnfinished(Statement statement, String snapshot) throws SQLException {
        return exist(statement) && has(statement, snapshot, TABLES)
                && !first(statement, "SELECT COUNT(*) FROM millrace.seed_schema WHERE " + mine() + FRESH).equals("0");
    }

    boolean has(Statement statement, String snapshot, Chunk chunk) throws SQLException {
        return has(statement, snapshot, chunk.number());
    }

    private boolean has(Statement statement, String snapshot, long chunk) throws SQLException {
        return first(statement, "SELECT COUNT(*) FROM millrace.seed WHERE " + mine() + " AND snapshot = '" + snapshot + "' AND chunk = " + chunk)
                .equals("1");
    }

    /** Those of the schemas that no seeding of ours has made which did not end. */
    Set<String> strangers(Statement statement, Set<String> schemas) throws SQLException {
        Set<String> strangers = new TreeSet<>(schemas);
        if (exist(statement) && !first(statement, "SELECT COUNT(*) FROM millrace.seed WHERE " + mine()).equals("0")) {
            boolean lower = !first(statement, "SELECT @@lower_case_table_names").equals("0");
            Set<String> made = new HashSet<>();
            try (ResultSet rows = statement.executeQuery("SELECT schema_name FROM millrace.seed_schema WHERE " + mine() + FRESH)) {
                while (rows.next()) {
                    made.add(lower ? rows.getString(1).toLowerCase(Locale.ROOT) : rows.getString(1));
                }
            }
            strangers.removeIf(schema -> made.contains(lower ? schema.toLowerCase(Locale.ROOT) : schema));
        }
        return strangers;
    }

    private static boolean exist(Statement statement) throws SQLException {
        return first(statement,
                "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'millrace' AND TABLE_NAME IN ('seed', 'seed_schema')")
                .equals("2");
    }

    /** Comes before anything else: whatever happens then, what is there is known to be no follower. */
    void begin(Statement statement) throws SQLException {
        statement.execute("INSERT IGNORE INTO millrace.seed VALUES ('" + follower + "', '', " + TABLES + ")");
        beginAgain(statement);
        statement.execute("DELETE FROM millrace.checkpoint WHERE " + mine());
    }

    /** What other followers have noted here goes with their data. */
    void forgetOthers(Statement statement) throws SQLException {
        statement.execute("DROP TABLE IF EXISTS millrace.checkpoint, millrace.worker");
        statement.execute("DELETE FROM millrace.seed WHERE NOT " + mine());
        statement.execute("DELETE FROM millrace.seed_schema WHERE NOT " + mine());
    }

    /** Comes when nothing is there any more, and before anything is made: whatever has these names from now on is ours. */
    void makes(Statement statement, Manifest manifest) throws SQLException {
        statement.execute("DELETE FROM millrace.seed_schema WHERE " + mine());
        List<String> rows = manifest.catalog().objects().stream().filter(object -> object.kind() == SchemaObject.Kind.SCHEMA)
                .map(object -> "('" + follower + "', x'" + hex(object.name().schema()) + "')").toList();
        if (!rows.isEmpty()) {
            statement.execute("INSERT INTO millrace.seed_schema (name, schema_name) VALUES " + String.join(", ", rows));
        }
    }

    private static String hex(String schema) {
        return HexFormat.of().formatHex(schema.getBytes(StandardCharsets.UTF_8));
    }

    void tablesMade(Statement statement, String snapshot) throws SQLException {
        statement.execute("INSERT INTO millrace.seed VALUES ('" + follower + "', '" + snapshot + "', " + TABLES + ")");
    }

    /** It is gone on with. */
    void goesOn(Statement statement) throws SQLException {
        statement.execute("UPDATE millrace.seed_schema SET noted_at = NOW() WHERE " + mine());
    }

    /** Part of the transaction of its rows. */
    void loaded(Statement statement, String snapshot, Chunk chunk) throws SQLException {
        statement.execute("INSERT INTO millrace.seed VALUES ('" + follower + "', '" + snapshot + "', " + chunk.number() + ")");
    }

    /** Of a chunk whose rows cannot be rolled back. @return false if somebody began before, and did not come to the end */
    boolean chunkBegun(Statement statement, String snapshot, Chunk chunk) throws SQLException {
        return statement.executeUpdate("INSERT IGNORE INTO millrace.seed VALUES ('" + follower + "', '" + snapshot + "', "
                + (BEGUN + chunk.number()) + ")") > 0;
    }

    /** These must be loaded again. */
    void forget(Statement statement, String snapshot, List<Chunk> chunks) throws SQLException {
        for (Chunk chunk : chunks) {
            statement
                    .execute("DELETE FROM millrace.seed WHERE " + mine() + " AND snapshot = '" + snapshot + "' AND chunk IN (" + chunk.number() + ", "
                            + (BEGUN + chunk.number()) + ")");
        }
    }

    /** All must be loaded from the beginning. */
    void beginAgain(Statement statement) throws SQLException {
        statement.execute("DELETE FROM millrace.seed WHERE " + mine() + " AND snapshot <> ''");
    }

    /** The statements that end it, in the transaction of the first checkpoint. */
    List<String> end() {
        return List.of("DELETE FROM millrace.seed WHERE " + mine(), "DELETE FROM millrace.seed_schema WHERE " + mine());
    }

    private String mine() {
        return "name = '" + follower + "'";
    }

    private static String first(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            String value = row.next() ? row.getString(1) : null;
            return value == null ? "" : value;
        }
    }
}
