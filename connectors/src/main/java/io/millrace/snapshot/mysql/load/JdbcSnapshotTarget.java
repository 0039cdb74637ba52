package io.millrace.snapshot.mysql.load;

import com.zaxxer.hikari.HikariDataSource;
import io.millrace.binlog.GtidSet;
import io.millrace.config.FollowerConfig;
import io.millrace.connection.PassingErrors;
import io.millrace.connection.RootCause;
import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotTarget;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A follower that is loaded over JDBC. {@link #load} from several threads; everything else from one. */
public final class JdbcSnapshotTarget implements SnapshotTarget {
    static final Set<String> OWN_SCHEMAS = Set.of("mysql", "information_schema", "performance_schema", "sys", "millrace");
    /** Every server has it. */
    static final String COLLATION = "utf8mb4_general_ci";
    private static final int DUPLICATE_KEY = 1062;
    private static final int SPECIFIC_ACCESS_DENIED = 1227;
    /** As explicit_defaults_for_timestamp is before MariaDB 10.10. */
    private static final int GLOBAL_ONLY = 1238;
    private static final String SESSION = "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION',"
            + " foreign_key_checks = 0, unique_checks = 0, time_zone = '+00:00', character_set_client = utf8mb4,"
            + " collation_connection = " + COLLATION + ", innodb_lock_wait_timeout = 300, max_error_count = 65535";

    private static final String SORT_BYTES = "67108864";

    private final FollowerConfig config;
    private final HikariDataSource pool;
    private final SeedCheckpoint checkpoint;
    private final SeedingNotes notes;
    private String snapshot = "";
    private @Nullable Manifest measured;
    private Map<TableName, Long> bytes = Map.of();
    private boolean localInfile;

    /**
     * Nothing is connected before it is needed.
     *
     * @param pool of connections to the follower that pass text byte for byte; closed with this target
     */
    public JdbcSnapshotTarget(FollowerConfig config, HikariDataSource pool, SeedCheckpoint checkpoint) {
        this.config = config;
        this.pool = pool;
        this.checkpoint = checkpoint;
        this.notes = new SeedingNotes(config.name());
    }

    @Override
    public boolean loadsEarly() throws SnapshotException {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            Set<String> strangers = notes.strangers(statement, userSchemas(statement));
            if (!strangers.isEmpty() && !config.replace()) {
                throw notEmpty(strangers);
            }
            return strangers.isEmpty() && !config.loadWithoutRedoLog();
        } catch (SQLException e) {
            throw failure("it was looked at", e);
        }
    }

    private SnapshotException notEmpty(Set<String> schemas) {
        return new SnapshotException.NotEmpty("The follower " + config.name() + " holds user data (schemas " + String.join(", ", schemas)
                + "): empty it, or allow Millrace to with replace: true");
    }

    @Override
    public void prepare(Manifest manifest) throws SnapshotException {
        snapshot = manifest.id();
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            localInfile = first(statement, "SELECT @@global.local_infile").equals("1");
            if (notes.isUnfinished(statement, snapshot)) {
                notes.goesOn(statement);
            } else {
                begin(manifest, connection, statement);
            }
            if (config.loadWithoutRedoLog()) {
                new RedoLog(config.name(), statement).disable(); // By now it holds nothing but what is loaded.
            }
        } catch (SQLException e) {
            throw failure("its tables were made", e);
        }
    }

    private void begin(Manifest manifest, Connection connection, Statement statement) throws SQLException, SnapshotException {
        GtidSet later = laterGtids(manifest, connection);
        Set<String> schemas = toEmpty(statement);
        refuseFed(config.name(), checkpoint.fedAs(connection));
        checkpoint.create(statement);
        notes.begin(statement);
        if (!later.isEmpty()) {
            checkpoint.forgetGtids(connection); // Where that is refused no data is lost yet.
        }
        empty(statement, schemas);
        checkpoint.create(statement);
        notes.makes(statement, manifest);
        new SchemaBuilder(statement, config.user()).createTables(manifest);
        notes.tablesMade(statement, snapshot);
    }

    /** What the log brings under GTIDs that a follower remembers it leaves out, and so do we: those must be in the snapshot. */
    private GtidSet laterGtids(Manifest manifest, Connection connection) throws SQLException, SnapshotException {
        GtidSet later = checkpoint.laterGtids(connection, manifest.seededAt());
        if (!later.isEmpty() && !config.replace()) {
            throw new SnapshotException.Refused("The follower " + config.name() + " remembers transactions that the snapshot " + manifest.id()
                    + " does not hold (" + later + "), and would leave them out when the log brings them: make it forget with "
                    + checkpoint.forgetting()
                    + " on the follower, or allow Millrace to with replace: true", null);
        }
        return later;
    }

    /** @param names under which the server is fed now, beside its own */
    static void refuseFed(String follower, Set<String> names) throws SnapshotException {
        if (!names.isEmpty()) {
            throw new SnapshotException.Refused("The follower " + follower + " is fed under another name at this moment (" + String.join(", ", names)
                    + "), by this Millrace or another one: a server can be one follower only, so take one of them out of the configuration", null);
        }
    }

    private Set<String> toEmpty(Statement statement) throws SQLException, SnapshotException {
        Set<String> schemas = userSchemas(statement);
        Set<String> strangers = notes.strangers(statement, schemas);
        if (!strangers.isEmpty() && !config.replace()) {
            throw notEmpty(strangers);
        }
        return schemas;
    }

    /** With what followers of other names have noted here: their data is gone, too. */
    private void empty(Statement statement, Set<String> schemas) throws SQLException {
        if (schemas.isEmpty()) {
            return;
        }
        notes.forgetOthers(statement);
        for (String schema : schemas) {
            statement.execute("DROP DATABASE " + bytes(TableName.quote(schema)));
        }
    }

    private static Set<String> userSchemas(Statement statement) throws SQLException {
        Set<String> schemas = new TreeSet<>();
        try (ResultSet rows = statement.executeQuery("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA")) {
            while (rows.next()) {
                if (!OWN_SCHEMAS.contains(rows.getString(1))) {
                    schemas.add(rows.getString(1));
                }
            }
        }
        return schemas;
    }

    @Override
    public boolean isLoaded(Chunk chunk) throws SnapshotException {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            return notes.has(statement, snapshot, chunk);
        } catch (SQLException e) {
            throw failure("its progress was read", e);
        }
    }

    @Override
    public void load(TableDefinition table, Chunk chunk, Supplier<InputStream> rows) throws SnapshotException {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            load(table, chunk, rows, connection, statement);
        } catch (SQLException e) {
            if (e.getErrorCode() == DUPLICATE_KEY && isLoaded(chunk)) {
                return; // By a session that was lost before it told us.
            }
            SnapshotException failure = failure("chunk " + chunk.number() + " of " + table.name() + " was loaded", e);
            boolean stays = !table.isTransactional() && PassingErrors.areOfFullDisks(e.getErrorCode(), String.valueOf(e.getMessage()));
            throw stays
                    ? new SnapshotException.Refused(failure.getMessage() + ": make room (max_heap_table_size for MEMORY), since half of it stays in"
                            + " a table without transactions, and all would be loaded from the beginning each time", e)
                    : failure;
        }
    }

    /** A session that did not commit ends: in the pool its next BEGIN would commit the rows of half a chunk. */
    private void load(TableDefinition table, Chunk chunk, Supplier<InputStream> rows, Connection connection, Statement statement)
            throws SQLException, SnapshotException {
        boolean committed = false;
        if (!table.isTransactional()) {
            noteChunkBegun(statement, table, chunk);
        }
        try {
            statement.execute("BEGIN");
            long loaded = localInfile && ChunkLoad.canLoadData(table)
                    ? ChunkLoad.byLoadData(statement, table, rows.get())
                    : ChunkLoad.byInsert(statement, table, rows.get());
            if (loaded != chunk.rows()) {
                throw new SnapshotException.Refused("The follower " + config.name() + " took " + loaded + " of " + chunk.rows() + " rows of "
                        + table.name() + " (chunk " + chunk.number() + "): look for triggers or keys that the leader does not have", null);
            }
            notes.loaded(statement, snapshot, chunk);
            statement.execute("COMMIT");
            committed = true;
        } finally {
            if (!committed) {
                pool.evictConnection(connection);
            }
        }
    }

    /**
     * Half a chunk in a table that cannot be rolled back stays there: then all begins again.
     *
     * @throws SnapshotException.Busy if somebody began before, and did not come to the end
     */
    private void noteChunkBegun(Statement statement, TableDefinition table, Chunk chunk) throws SQLException, SnapshotException {
        if (!notes.chunkBegun(statement, snapshot, chunk)) {
            notes.beginAgain(statement);
            throw new SnapshotException.Busy(
                    "The follower " + config.name() + " was lost while rows went into " + table.name() + " (" + table.engine()
                            + "), which cannot be rolled back: it is loaded from the beginning",
                    null);
        }
    }

    @Override
    public void complete(Manifest manifest, TableDefinition table) throws SnapshotException {
        DeferredKeys deferred = DeferredKeys.of(table, bytes(manifest));
        if (deferred.keys().isEmpty()) {
            return;
        }
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            new SchemaBuilder(statement, config.user()).createKeys(table, deferred);
        } catch (SQLException e) {
            throw failure("the keys of " + table.name() + " were made", e);
        }
    }

    private synchronized Map<TableName, Long> bytes(Manifest manifest) {
        if (!manifest.equals(measured)) {
            measured = manifest;
            bytes = manifest.bytesByTable();
        }
        return bytes;
    }

    @Override
    public List<String> finish(Manifest manifest) throws SnapshotException {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            requireRowsInMemory(manifest, statement);
            SchemaBuilder builder = new SchemaBuilder(statement, config.user());
            Map<TableName, Long> bytes = bytes(manifest);
            for (TableDefinition table : manifest.catalog().tables()) {
                builder.createKeys(table, DeferredKeys.of(table, bytes)); // Of tables of which no chunk came.
            }
            builder.createForeignKeys(manifest);
            List<String> said = builder.createObjects(manifest, !checkpoint.firesTriggers(connection));
            new RedoLog(config.name(), statement).enable();
            statement.execute("BEGIN");
            statement.execute(checkpoint.save(manifest.seededAt()));
            for (String ending : notes.end()) {
                statement.execute(ending);
            }
            statement.execute("COMMIT");
            return said;
        } catch (SQLException e) {
            throw failure("its foreign keys, views, routines and triggers were made", e);
        }
    }

    /** Where a follower was restarted, the notes are there and the rows are not. */
    private void requireRowsInMemory(Manifest manifest, Statement statement) throws SQLException, SnapshotException {
        for (TableDefinition table : manifest.catalog().tables()) {
            List<Chunk> chunks = table.isInMemory()
                    ? manifest.chunks().stream().filter(chunk -> chunk.table().equals(table.name())).toList()
                    : List.of();
            String name = bytes(table.name().quoted());
            if (!chunks.isEmpty()
                    && Long.parseLong(first(statement, "SELECT COUNT(*) FROM " + name)) != chunks.stream().mapToLong(Chunk::rows).sum()) {
                statement.execute("TRUNCATE TABLE " + name);
                notes.forget(statement, snapshot, chunks);
                throw new SnapshotException.Busy("The follower " + config.name() + " was restarted while it was loaded, and lost the rows of "
                        + table.name() + " (MEMORY): they are loaded once more", null);
            }
        }
    }

    private Connection connect() throws SQLException {
        Connection connection = pool.getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute(SESSION);
            if (config.binlog() == FollowerConfig.Binlog.SKIP) {
                statement.execute("SET SESSION sql_log_bin = 0");
            }
            for (String setting : optionalSettings(statement)) {
                setIfGranted(statement, setting);
            }
            return connection;
        } catch (SQLException e) {
            pool.evictConnection(connection);
            throw e;
        }
    }

    /** What a client session checks and a copy must not (the leader's rows may have come in with the checks off), and more memory to sort keys in. */
    private static List<String> optionalSettings(Statement statement) throws SQLException {
        List<String> settings = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("SHOW SESSION VARIABLES WHERE Variable_name IN ('sql_require_primary_key',"
                + "'sql_generate_invisible_primary_key','restrict_fk_on_non_standard_key','innodb_ddl_buffer_size',"
                + "'check_constraint_checks','innodb_strict_mode','explicit_defaults_for_timestamp','max_statement_time')")) {
            while (rows.next()) {
                String value = switch (rows.getString(1)) {
                    case "innodb_ddl_buffer_size" -> SORT_BYTES;
                    case "explicit_defaults_for_timestamp" -> "ON"; // SHOW CREATE TABLE says all that a column has.
                    case "max_statement_time" -> "0";
                    default -> "OFF";
                };
                settings.add("SET SESSION " + rows.getString(1) + " = " + value);
            }
        }
        return settings;
    }

    /** Some servers let few accounts set some of these; what then cannot be made says so itself. */
    private static void setIfGranted(Statement statement, String setting) throws SQLException {
        try {
            statement.execute(setting);
        } catch (SQLException e) {
            if (e.getErrorCode() != SPECIFIC_ACCESS_DENIED && e.getErrorCode() != GLOBAL_ONLY) {
                throw e;
            }
        }
    }

    private static String first(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            String value = row.next() ? row.getString(1) : null;
            return value == null ? "" : value;
        }
    }

    /** Text as the connection wants it: one character a byte of UTF-8. */
    static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private SnapshotException failure(String doing, SQLException thrown) {
        SQLException e = RootCause.underThePool(thrown);
        String said = "The follower " + config.name() + " failed while " + doing + ": " + RootCause.told(e) + " (" + e.getErrorCode() + ")";
        boolean link = e.getErrorCode() == 0 || e.getSQLState() == null || e.getSQLState().startsWith("08")
                || PassingErrors.contain(e.getErrorCode(), said);
        return link ? new SnapshotException.Unreachable(said, e) : new SnapshotException.Refused(said, e);
    }

    @Override
    public void close() {
        pool.close();
    }
}
