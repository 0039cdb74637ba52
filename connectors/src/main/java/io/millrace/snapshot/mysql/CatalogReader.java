package io.millrace.snapshot.mysql;

import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.connection.ServerVersion;
import io.millrace.connection.ServerErrorException;
import io.millrace.protocol.ErrPacket;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Column;
import io.millrace.snapshot.SchemaObject;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads what there is to copy from the leader's information schema.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/information-schema.html">INFORMATION_SCHEMA Tables</a>
 */
final class CatalogReader {
    private static final String OWN_SCHEMAS = "'mysql','information_schema','performance_schema','sys','millrace'";
    private static final int LOCK_SECONDS = 5;
    private static final int ER_NO_SUCH_THING = 1305;
    private static final int ER_WRONG_SCHEMA_NAME = 1102;

    private final ServerConnection connection;
    private final String schemaFilter;
    private final boolean users;
    private final List<String> wanted;

    CatalogReader(ServerConnection connection, List<String> schemas, boolean users) {
        this.connection = connection;
        this.wanted = schemas;
        this.users = users;
        this.schemaFilter = schemaFilter(schemas);
    }

    /** What follows the name of a column of schemas. */
    static String schemaFilter(List<String> schemas) {
        return schemas.isEmpty()
                ? " NOT IN (" + OWN_SCHEMAS + ")"
                : " IN (" + schemas.stream().map(CatalogReader::text).collect(Collectors.joining(",")) + ")";
    }

    Catalog read() throws IOException {
        connection.execute("SET NAMES utf8mb4");
        connection.execute("SET SESSION sql_select_limit = " + MySqlSnapshotSource.EVERY_ROW);
        connection.execute("SET SESSION " + (connection.version().mariaDb() ? "max_statement_time = 0" : "max_execution_time = 0"));
        connection.execute("SET SESSION lock_wait_timeout = " + LOCK_SECONDS); // A table that is being altered is not waited for.
        if (connection.version().isMySql(8, 0, 0)) {
            connection.execute("SET SESSION information_schema_stats_expiry = 0");
        }
        if (connection.version().showsGeneratedKeys()) {
            connection.execute(ServerVersion.SHOW_GENERATED_KEYS);
        }
        // A default of a TIMESTAMP is shown in the session's zone, and made in UTC.
        connection.execute("SET SESSION sql_quote_show_create = 1, sql_mode = '', time_zone = '+00:00'");
        List<SchemaObject> objects = new ArrayList<>(schemas());
        List<TableDefinition> tables = tables();
        routines(objects);
        packages(objects);
        views(objects);
        triggers(objects);
        events(objects);
        if (users) {
            new AccountReader(connection).read(objects);
        }
        return new Catalog(tables, objects);
    }

    private List<SchemaObject> schemas() throws IOException {
        List<SchemaObject> schemas = new ArrayList<>();
        QueryResult names = connection.query("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME" + schemaFilter + " ORDER BY 1");
        requireWanted(names.column(0));
        for (int i = 0; i < names.rows().size(); i++) {
            String name = names.text(i, 0);
            QueryResult create = connection.query("SHOW CREATE DATABASE " + TableName.quote(name));
            schemas.add(new SchemaObject(SchemaObject.Kind.SCHEMA, new TableName(name, ""), create.text(0, 1), ""));
        }
        return schemas;
    }

    /** A follower would be emptied for a name that was misspelt. */
    private void requireWanted(List<String> found) throws ServerErrorException {
        if (!wanted.isEmpty() && found.isEmpty()) {
            throw new ServerErrorException(new ErrPacket(ER_WRONG_SCHEMA_NAME, "42000", "there is no schema " + String.join(", ", wanted)
                    + ", or this account may not see it: mend snapshot.schemas"));
        }
    }

    private List<TableDefinition> tables() throws IOException {
        Map<TableName, List<Column>> columns = columns();
        Map<TableName, List<String>> keys = primaryKeys();
        QueryResult found = connection.query("SELECT TABLE_SCHEMA, TABLE_NAME, ENGINE, DATA_LENGTH FROM information_schema.TABLES"
                + " WHERE TABLE_TYPE IN ('BASE TABLE','SYSTEM VERSIONED','SEQUENCE') AND TABLE_SCHEMA" + schemaFilter + " ORDER BY 1, 2");
        List<TableDefinition> tables = new ArrayList<>();
        for (int i = 0; i < found.rows().size(); i++) {
            TableName name = new TableName(found.text(i, 0), found.text(i, 1));
            String create = connection.query("SHOW CREATE TABLE " + name.quoted()).text(0, 1);
            long bytes = found.text(i, 3).isEmpty() ? 0 : Long.parseLong(found.text(i, 3));
            tables.add(new TableDefinition(name, columns.getOrDefault(name, List.of()), keys.getOrDefault(name, List.of()), found.text(i, 2), create,
                    bytes));
        }
        return tables;
    }

    private Map<TableName, List<Column>> columns() throws IOException {
        QueryResult found = connection.query("SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, EXTRA"
                + " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA" + schemaFilter + " ORDER BY 1, 2, ORDINAL_POSITION");
        Map<TableName, List<Column>> columns = new LinkedHashMap<>();
        for (int i = 0; i < found.rows().size(); i++) {
            String extra = found.text(i, 6).toUpperCase(Locale.ROOT);
            boolean generated = extra.contains("VIRTUAL GENERATED") || extra.contains("STORED GENERATED") || extra.contains("PERSISTENT");
            columns.computeIfAbsent(new TableName(found.text(i, 0), found.text(i, 1)), absent -> new ArrayList<>())
                    .add(new Column(found.text(i, 2), found.text(i, 3).toLowerCase(Locale.ROOT), found.text(i, 4).toLowerCase(Locale.ROOT),
                            found.text(i, 5), generated));
        }
        return columns;
    }

    private Map<TableName, List<String>> primaryKeys() throws IOException {
        QueryResult found = connection.query("SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS"
                + " WHERE INDEX_NAME = 'PRIMARY' AND TABLE_SCHEMA" + schemaFilter + " ORDER BY 1, 2, SEQ_IN_INDEX");
        Map<TableName, List<String>> keys = new LinkedHashMap<>();
        for (int i = 0; i < found.rows().size(); i++) {
            keys.computeIfAbsent(new TableName(found.text(i, 0), found.text(i, 1)), absent -> new ArrayList<>()).add(found.text(i, 2));
        }
        return keys;
    }

    private void routines(List<SchemaObject> objects) throws IOException {
        QueryResult found = connection.query("SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE FROM information_schema.ROUTINES"
                + " WHERE ROUTINE_TYPE IN ('FUNCTION','PROCEDURE') AND ROUTINE_SCHEMA" + schemaFilter + " ORDER BY 3, 1, 2");
        for (int i = 0; i < found.rows().size(); i++) {
            TableName name = new TableName(found.text(i, 0), found.text(i, 1));
            SchemaObject.Kind kind = SchemaObject.Kind.valueOf(found.text(i, 2));
            QueryResult create = connection.query("SHOW CREATE " + kind + " " + name.quoted());
            requireBody(create, kind, name);
            objects.add(new SchemaObject(kind, name, create.text(0, 2), create.text(0, "sql_mode"), null, collation(create)));
        }
    }

    private static void requireBody(QueryResult create, SchemaObject.Kind kind, TableName name) throws ServerErrorException {
        if (create.text(0, 2).isEmpty()) {
            throw new ServerErrorException(new ErrPacket(ER_NO_SUCH_THING, "42000", "the body of the " + kind.words() + " " + name
                    + " is hidden from this account: GRANT SHOW_ROUTINE ON *.* (8.0.20 and later) or SELECT ON mysql.proc"));
        }
    }

    /** MariaDB's. */
    private void packages(List<SchemaObject> objects) throws IOException {
        QueryResult found = connection.query("SELECT ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE FROM information_schema.ROUTINES"
                + " WHERE ROUTINE_TYPE IN ('PACKAGE','PACKAGE BODY') AND ROUTINE_SCHEMA" + schemaFilter + " ORDER BY 3, 1, 2");
        for (int i = 0; i < found.rows().size(); i++) {
            TableName name = new TableName(found.text(i, 0), found.text(i, 1));
            SchemaObject.Kind kind = found.text(i, 2).equals("PACKAGE") ? SchemaObject.Kind.PACKAGE : SchemaObject.Kind.PACKAGE_BODY;
            QueryResult create = connection.query("SHOW CREATE " + kind.words() + " " + name.quoted());
            requireBody(create, kind, name);
            objects.add(new SchemaObject(kind, name, create.text(0, 2), create.text(0, "sql_mode"), null, collation(create)));
        }
    }

    private void views(List<SchemaObject> objects) throws IOException {
        QueryResult found = connection
                .query("SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.VIEWS WHERE TABLE_SCHEMA" + schemaFilter + " ORDER BY 1, 2");
        for (int i = 0; i < found.rows().size(); i++) {
            TableName name = new TableName(found.text(i, 0), found.text(i, 1));
            QueryResult create = connection.query("SHOW CREATE VIEW " + name.quoted());
            objects.add(new SchemaObject(SchemaObject.Kind.VIEW, name, create.text(0, 1), "", null, collation(create)));
        }
    }

    private void triggers(List<SchemaObject> objects) throws IOException {
        QueryResult found = connection.query("SELECT TRIGGER_SCHEMA, TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA"
                + schemaFilter + " ORDER BY EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER");
        for (int i = 0; i < found.rows().size(); i++) {
            TableName name = new TableName(found.text(i, 0), found.text(i, 1));
            QueryResult create = connection.query("SHOW CREATE TRIGGER " + name.quoted());
            objects.add(new SchemaObject(SchemaObject.Kind.TRIGGER, name, create.text(0, 2), create.text(0, "sql_mode"), null, collation(create)));
        }
    }

    private void events(List<SchemaObject> objects) throws IOException {
        QueryResult found = connection
                .query("SELECT EVENT_SCHEMA, EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA" + schemaFilter + " ORDER BY 1, 2");
        for (int i = 0; i < found.rows().size(); i++) {
            TableName name = new TableName(found.text(i, 0), found.text(i, 1));
            QueryResult create = connection.query("SHOW CREATE EVENT " + name.quoted());
            objects.add(new SchemaObject(SchemaObject.Kind.EVENT, name, create.text(0, "Create Event"), create.text(0, "sql_mode"),
                    create.text(0, "time_zone"), collation(create)));
        }
    }

    private static String collation(QueryResult create) {
        return create.text(0, "collation_connection");
    }

    private static String text(String value) {
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
