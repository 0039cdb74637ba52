package io.millrace.snapshot.mysql;

import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.preflight.Finding;
import io.millrace.preflight.Grants;
import io.millrace.preflight.Missing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a snapshot of a leader lacks, or has in another form, though everything went well. One thread. */
final class Unseen {
    /** A server shows '?' for letters outside of what it keeps its definitions in. */
    private static final String LABELS = "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS c WHERE DATA_TYPE IN ('enum', 'set')"
            + " AND CHARACTER_SET_NAME IN ('utf8mb4', 'utf16', 'utf16le', 'utf32', 'gb18030') AND COLUMN_TYPE LIKE '%?%'";
    private static final String DEFAULTS = "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS c WHERE COLUMN_DEFAULT LIKE '%?%'"
            + " AND (CHARACTER_SET_NAME IN ('utf8mb4', 'utf16', 'utf16le', 'utf32', 'gb18030') OR DATA_TYPE IN ('binary', 'varbinary'))";
    private static final String ZONED = "SELECT DISTINCT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME FROM information_schema.COLUMNS c"
            + " LEFT JOIN information_schema.COLUMNS t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME AND t.DATA_TYPE = 'timestamp'"
            + " AND LOCATE(CONCAT('`', t.COLUMN_NAME, '`'), c.GENERATION_EXPRESSION) > 0 WHERE (c.EXTRA LIKE '%STORED%' OR c.EXTRA LIKE '%PERSISTENT%')"
            + " AND (t.COLUMN_NAME IS NOT NULL OR LOWER(c.GENERATION_EXPRESSION) REGEXP"
            + " 'from_unixtime|unix_timestamp|week[(]|date_format|dayname|monthname')";

    private final ServerConnection connection;
    private final String user;
    private final List<String> schemas;
    private final List<Finding> findings = new ArrayList<>();

    /** @param schemas that are copied; empty for all */
    Unseen(ServerConnection connection, String user, List<String> schemas) {
        this.connection = connection;
        this.user = user;
        this.schemas = schemas;
    }

    List<Finding> findings() throws IOException {
        privileges(new Grants(connection.query(Grants.QUERY).column(0)));
        Missing.schemas(schemas, connection.query("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA").column(0)).ifPresent(findings::add);
        if (connection.version().mariaDb()) {
            versioned();
        }
        columns(LABELS, "The leader shows '?' in labels of the ENUM or SET %s: a letter that its definitions cannot hold is '?' on the follower",
                "compare the labels, and mend them on the follower with ALTER TABLE … MODIFY");
        columns(DEFAULTS, "The leader shows '?' in the default of %s: what its definitions cannot hold as text is '?' on the follower",
                "compare the defaults, and mend them on the follower with ALTER TABLE … ALTER COLUMN … SET DEFAULT");
        if (!utc()) {
            columns(ZONED, "The follower computes the stored column %s in UTC, and the leader in the time zone of each session",
                    "let both use UTC (default_time_zone = '+00:00'), or make the column VIRTUAL");
        }
        return findings;
    }

    private void privileges(Grants granted) {
        Stream.of("TRIGGER", "EVENT").filter(privilege -> !granted.has(privilege)).map(privilege -> Finding.warning(
                "The account " + user + " lacks " + privilege + ": the snapshot has none of the leader's " + privilege.toLowerCase(Locale.ROOT) + "s",
                Grants.statement(privilege, user))).forEach(findings::add);
        if (schemas.isEmpty() && !granted.hasEverywhere("SELECT")) {
            findings.add(Finding.warning("The account " + user + " has not SELECT on every schema: those that it may not see are not in the snapshot,"
                    + " and followers stop where the log changes them",
                    Grants.statement("SELECT", user) + " or name those to copy in snapshot.schemas"));
        }
    }

    private boolean utc() throws IOException {
        String zone = connection.query("SELECT IF(@@global.time_zone = 'SYSTEM', @@system_time_zone, @@global.time_zone)").text(0, 0);
        return zone.equals("UTC") || zone.equals("+00:00");
    }

    /** What a SELECT shows of such a table are the rows of now. */
    private void versioned() throws IOException {
        String versioned = " FROM information_schema.TABLES t WHERE TABLE_TYPE = 'SYSTEM VERSIONED' AND TABLE_SCHEMA"
                + CatalogReader.schemaFilter(schemas);
        named("SELECT TABLE_SCHEMA, TABLE_NAME" + versioned).ifPresent(tables -> findings
                .add(Finding.warning("A snapshot has the rows of now, and not the history, of system-versioned tables: " + tables,
                        "copy what you need of FOR SYSTEM_TIME ALL yourself")));
        named("SELECT TABLE_SCHEMA, TABLE_NAME" + versioned + " AND NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS s"
                + " WHERE s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME AND s.INDEX_NAME = 'PRIMARY')")
                .ifPresent(tables -> findings.add(Finding.warning("Rows of system-versioned tables without a primary key begin anew on the follower,"
                        + " which does not find them when the leader changes them, and stops: " + tables, "give them a primary key")));
    }

    private void columns(String sql, String what, String remedy) throws IOException {
        named(sql + " AND c.TABLE_SCHEMA" + CatalogReader.schemaFilter(schemas))
                .ifPresent(columns -> findings.add(Finding.warning(String.format(Locale.ROOT, what, columns), remedy)));
    }

    private Optional<String> named(String sql) throws IOException {
        QueryResult found = connection.query(sql + " ORDER BY 1, 2");
        List<String> names = new ArrayList<>();
        for (int i = 0; i < found.rows().size(); i++) {
            List<String> parts = new ArrayList<>();
            for (int part = 0; part < found.columns().size(); part++) {
                parts.add(found.text(i, part));
            }
            names.add(String.join(".", parts));
        }
        return names.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", names));
    }
}
