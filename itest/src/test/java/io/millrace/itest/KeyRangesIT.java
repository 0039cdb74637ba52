package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.config.ChannelConfig;
import io.millrace.config.load.ConfigLoader;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.ServerKind;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.Opening;
import io.millrace.snapshot.SnapshotSource;
import io.millrace.snapshot.RowSink;
import io.millrace.snapshot.SnapshotView;
import io.millrace.binlog.row.Value;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.mysql.MySqlSnapshotSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables of every kind of key are split into ranges of about the same size that together are the table. */
class KeyRangesIT {
    private static final int ROWS = 20_000;
    private static final long PARTS = 20;
    private static final String HASH = "LEFT(SHA2(n.n, 256), 32)";

    /** Columns of the key, and a row's values. Hot ends, gaps, case and accents are among them. */
    private static final Map<String, List<String>> TABLES = Map.of(
            "even", List.of("a INT", "n.n"),
            "hot_end", List.of("a BIGINT UNSIGNED", "IF(n.n <= 10, n.n, 18446744073709531615 + n.n)"),
            "uuid_text", List.of("a VARCHAR(40)", HASH),
            "uuid_cased",
            List.of("a CHAR(40) CHARACTER SET latin1 COLLATE latin1_bin", "CONCAT('key-', IF(n.n % 2, UPPER(" + HASH + "), " + HASH + "))"),
            "uuid_bytes", List.of("a BINARY(16)", "UNHEX(" + HASH + ")"),
            "words", List.of("a VARCHAR(40) CHARACTER SET utf8mb4", "CONCAT(ELT(1 + n.n % 4, 'Äpfel-', 'apple-', 'Zoo ', 'été-'), n.n)"),
            "tenants", List.of("a INT, b INT", "IF(n.n % 10, 7, n.n), n.n"),
            "days", List.of("a DATE, b VARCHAR(20)", "'2026-01-01' + INTERVAL n.n % 40 DAY, CONCAT('order-', n.n)"),
            "times", List.of("a DATETIME(3), b DECIMAL(10,2)", "'2026-01-01' + INTERVAL n.n MINUTE, n.n / 4"),
            "unknown", List.of("a DOUBLE", "n.n"));
    /** Keys that the log has in another form than a query. */
    private static final List<String> ODD_KEYS = List.of("CREATE TABLE keyed.code (id BINARY(4) PRIMARY KEY, n INT)",
            "INSERT INTO keyed.code VALUES (x'01', 1), (x'00ff00', 2)",
            "CREATE TABLE keyed.computed (n INT, id INT GENERATED ALWAYS AS (n * 2) STORED NOT NULL PRIMARY KEY)",
            "INSERT INTO keyed.computed (n) VALUES (4)",
            "CREATE TABLE keyed.sjis (a VARCHAR(40) CHARACTER SET sjis PRIMARY KEY, pad CHAR(200))",
            "INSERT INTO keyed.sjis SELECT CONCAT(_sjis x'8340', CONVERT(ELT(1 + n % 3, _sjis x'8341', _sjis x'837e', _sjis x'8e9a') USING sjis), n),"
                    + " 'x' FROM keyed.n");

    @ParameterizedTest
    @EnumSource(value = ServerKind.class, names = {"MYSQL_57", "MYSQL_80", "MYSQL_97"})
    void areLookedUpAsTheyStandInTheLogAndNotTakenForMissing(ServerKind kind) throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(kind), kind + " is not installed");
        try (DatabaseServer leader = DatabaseServer.start(kind, 1)) {
            leader.execute("CREATE DATABASE keyed", "CREATE TABLE keyed.n (n INT PRIMARY KEY)");
            StringBuilder numbers = new StringBuilder("INSERT INTO keyed.n VALUES (0)");
            for (int n = 1; n < 3000; n++) {
                numbers.append(", (").append(n).append(")");
            }
            leader.execute(numbers.toString());
            leader.execute(ODD_KEYS.toArray(String[]::new));
            try (SnapshotSource source = source(leader)) {
                Catalog catalog = source.catalog();
                try (SnapshotView view = source.open(1, Opening.PLAIN, catalog).getFirst()) {
                    TableDefinition code = catalog.table("keyed", "code").orElseThrow();
                    assertThat(view.readRow(code, List.of(new Value.Bytes(ByteBuffer.wrap(new byte[]{1}))))).as("zeros at the end").isPresent();
                    assertThat(view.readRow(code, List.of(new Value.Bytes(ByteBuffer.wrap(new byte[]{0, -1}))))).isPresent();
                    assertThat(view.readRow(code, List.of(new Value.Bytes(ByteBuffer.wrap(new byte[]{2}))))).isEmpty();
                    TableDefinition computed = catalog.table("keyed", "computed").orElseThrow();
                    assertThat(view.readRow(computed, List.of(new Value.Text("8")))).as("a computed key").isPresent();
                    assertThat(view.readRow(computed, List.of(new Value.Text("9")))).isEmpty();
                    assertThat(view.ranges(catalog.table("keyed", "sjis").orElseThrow(), 1 << 16)).as("letters of two bytes").isNotEmpty();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void areOfOneSizeAndTogetherTheTable(ServerKind kind) throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(kind, 1)) {
            fill(leader);
            try (SnapshotSource source = source(leader)) {
                Catalog catalog = source.catalog();
                try (SnapshotView view = source.open(1, Opening.PLAIN, catalog).getFirst()) {
                    for (String table : TABLES.keySet()) {
                        check(kind, view, catalog.table("keyed", table).orElseThrow());
                    }
                }
            }
        }
    }

    private static SnapshotSource source(DatabaseServer leader) throws Exception {
        ChannelConfig channel = new ConfigLoader(Map.of()).parse("test", """
                channels:
                  - name: main
                    leader: {host: 127.0.0.1, port: %d, user: %s, password: %s, serverId: 4200}
                    snapshot: {schemas: [keyed]}
                    followers: []
                """.formatted(leader.port(), DatabaseServer.REPLICATION, DatabaseServer.PASSWORD)).channels().getFirst();
        return MySqlSnapshotSource.connect(channel.leader(), channel.snapshot());
    }

    private static void fill(DatabaseServer leader) throws Exception {
        List<String> statements = new ArrayList<>(List.of("CREATE DATABASE keyed", "USE keyed", "CREATE TABLE keyed.n (n INT PRIMARY KEY)",
                "INSERT INTO keyed.n VALUES (1)"));
        for (int rows = 1; rows < ROWS; rows *= 2) {
            statements.add("INSERT INTO keyed.n SELECT n + " + rows + " FROM keyed.n WHERE n + " + rows + " <= " + ROWS);
        }
        TABLES.forEach((table, key) -> {
            String columns = key.getFirst();
            statements.add("CREATE TABLE keyed." + table + " (" + columns + ", pad CHAR(80), PRIMARY KEY (a" + (columns.contains(", b") ? ", b" : "")
                    + "))");
            statements.add("INSERT INTO keyed." + table + " SELECT " + key.getLast() + ", REPEAT('x', 80) FROM keyed.n");
            statements.add("ANALYZE TABLE keyed." + table);
        });
        leader.execute(statements.toArray(new String[0]));
    }

    private static void check(ServerKind kind, SnapshotView view, TableDefinition table) throws Exception {
        List<KeyRange> ranges = view.ranges(table, table.estimate() / PARTS);
        Set<String> rows = new HashSet<>();
        List<Integer> sizes = new ArrayList<>();
        for (KeyRange range : ranges) {
            int[] size = {0};
            view.copy(table, range, new RowSink() {
                @Override
                public void row(ByteBuffer line) {
                    size[0]++;
                    assertThat(rows.add(text(line))).as("a row of two ranges of " + table.name()).isTrue();
                }

                @Override
                public void part(ByteBuffer bytes, boolean last) {
                    throw new AssertionError("none of these rows is wide");
                }
            });
            sizes.add(size[0]);
        }
        assertThat(rows).as("%s of %s in ranges of %s", table.name(), kind, sizes).hasSize(ROWS);
        if (table.name().name().equals("unknown")) {
            assertThat(ranges).containsExactly(KeyRange.ALL);
        } else {
            assertThat(sizes).as("%s of %s", table.name(), kind).hasSizeBetween((int) PARTS / 2, (int) PARTS * 2)
                    .allSatisfy(size -> assertThat(size).isLessThan((int) (ROWS / PARTS * 3)));
        }
    }

    private static String text(ByteBuffer row) {
        return StandardCharsets.ISO_8859_1.decode(row.duplicate()).toString();
    }
}
