package io.millrace.snapshot.mysql.load;

import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SchemaObject;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes on a follower what a catalog describes. One thread, one connection. */
final class SchemaBuilder {
    /** Of a key; of a foreign key in MySQL 8 and later; of one in MySQL 5.7 and MariaDB, which call it a table that cannot be made. */
    private static final Set<Integer> ALREADY_THERE = Set.of(1061, 1826, 121, 1005);

    /**
     * A schema, table, column, function or view that is gone, or who defined it: a server keeps the views and grants that name it, but lets
     * none be made. Something of a view's name must be there for who drops it or makes it anew; a grant is left out.
     */
    private static final Set<Integer> GONE = Set.of(1049, 1054, 1146, 1305, 1356, 1449);
    /** Where SHOW CREATE EVENT says whether the event runs. */
    private static final Pattern STATUS = Pattern
            .compile("( ON COMPLETION (?:NOT )?PRESERVE )(ENABLE|DISABLE(?: ON (?:SLAVE|REPLICA))?)( (?:COMMENT|DO) )");

    /** The account at the beginning of what SHOW CREATE USER shows. */
    private static final Pattern ACCOUNT = Pattern.compile("CREATE USER ([`'].*?[`']@[`'][^`']*[`'])");
    /** CREATE USER has it and ALTER USER has not. */
    private static final Pattern DEFAULT_ROLE = Pattern.compile(" DEFAULT ROLE (?:`[^`]*`@`[^`]*`,? ?)+");
    private static final Pattern NAME = Pattern.compile("\\w+");

    private static final int UNKNOWN_TIME_ZONE = 1298;
    private static final int UNKNOWN_COLLATION = 1273;
    private static final int NO_SUCH_TABLE = 1146;
    /** It takes ROLE_ADMIN, or everybody must have it. */
    private static final Set<Integer> KEEPS_ROLES = Set.of(1227, 3628);
    private static final int UNKNOWN_VARIABLE = 1193;

    private final Statement statement;
    private final String own;
    private final List<String> defaultRoles = new ArrayList<>();

    /** @param own the user that Millrace is on the follower */
    SchemaBuilder(Statement statement, String own) throws SQLException {
        this.statement = statement;
        this.own = own;
        statement.setEscapeProcessing(false);
    }

    /** Schemas, and tables without what is deferred. */
    void createTables(Manifest manifest) throws SQLException {
        setDefaultCollations(manifest);
        Catalog catalog = manifest.catalog();
        for (SchemaObject object : catalog.objects()) {
            if (object.kind() == SchemaObject.Kind.SCHEMA) {
                run(object.createStatement());
            }
        }
        Map<TableName, Long> bytes = manifest.bytesByTable();
        for (TableDefinition table : ForeignKeyOrder.of(catalog.tables())) {
            use(table.name());
            run(DeferredKeys.of(table, bytes).createTable());
        }
    }

    /** Servers of before MySQL 8 and MariaDB 11.5 leave out a collation that is their default, and later ones have others. */
    private void setDefaultCollations(Manifest manifest) throws SQLException {
        if (manifest.leaderVersion().startsWith("5.")) {
            setIfKnown("default_collation_for_utf8mb4 = utf8mb4_general_ci");
        } else if (manifest.leaderVersion().contains("MariaDB")) {
            setIfKnown("character_set_collations = ''");
        }
    }

    private void setIfKnown(String assignment) throws SQLException {
        try {
            run("SET SESSION " + assignment);
        } catch (SQLException e) {
            if (e.getErrorCode() != UNKNOWN_VARIABLE) {
                throw e;
            }
        }
    }

    /** The secondary keys that were deferred; what is there already is left alone. */
    void createKeys(TableDefinition table, DeferredKeys deferred) throws SQLException {
        add(table, deferred.keys(), "STATISTICS", "INDEX_NAME");
    }

    /** The foreign keys that were deferred; every table has its keys by now. */
    void createForeignKeys(Manifest manifest) throws SQLException {
        for (TableDefinition table : ForeignKeyOrder.of(manifest.catalog().tables())) {
            add(table, DeferredKeys.of(table, 0).foreignKeys(), "TABLE_CONSTRAINTS", "CONSTRAINT_NAME");
        }
    }

    private void add(TableDefinition table, List<String> clauses, String catalog, String column) throws SQLException {
        Optional<String> name = DeferredKeys.firstName(clauses);
        if (name.isPresent() && !exists(table, catalog, column, name.get())) {
            use(table.name());
            try {
                run(DeferredKeys.alter(table, clauses));
            } catch (SQLException e) {
                if (!ALREADY_THERE.contains(e.getErrorCode()) || !exists(table, catalog, column, name.get())) {
                    throw e;
                } // A session of ours that was lost was still making them.
            }
        }
    }

    private boolean exists(TableDefinition table, String catalog, String column, String name) throws SQLException {
        String sql = "SELECT COUNT(*) FROM information_schema." + catalog + " WHERE TABLE_SCHEMA = " + text(table.name().schema())
                + " AND TABLE_NAME = " + text(table.name().name()) + " AND " + column + " = " + text(name);
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1) > 0;
        }
    }

    private static String text(String value) {
        return "CONVERT(x'" + HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8)) + "' USING utf8mb4)";
    }

    /**
     * Everything but schemas and tables; what depends on something that is not there yet is tried again.
     *
     * @return what the follower has in another form, in words
     */
    List<String> createObjects(Manifest manifest, boolean triggers) throws SQLException {
        setDefaultCollations(manifest);
        List<SchemaObject> left = new ArrayList<>(manifest.catalog().objects());
        left.removeIf(object -> object.kind() == SchemaObject.Kind.SCHEMA || !triggers && object.kind() == SchemaObject.Kind.TRIGGER);
        List<String> said = new ArrayList<>();
        while (!left.isEmpty()) {
            List<SchemaObject> failed = new ArrayList<>();
            List<SQLException> failures = new ArrayList<>();
            for (SchemaObject object : left) {
                try {
                    create(object, manifest.takenAt(), said);
                } catch (SQLException e) {
                    failed.add(object);
                    failures.add(e);
                }
            }
            if (failed.size() == left.size() && leavesOutGrants(failed, failures, said)) {
                left = failed;
                continue;
            }
            if (failed.size() == left.size() && failures.stream().allMatch(failure -> GONE.contains(failure.getErrorCode()))
                    && failed.stream().allMatch(object -> object.kind() == SchemaObject.Kind.VIEW)) {
                for (SchemaObject view : failed) {
                    run("CREATE VIEW " + view.name().quoted() + " AS SELECT 1 AS `cannot be made here` FROM DUAL WHERE FALSE");
                    said.add("The view " + view.name() + " cannot be made (" + failures.get(failed.indexOf(view)).getMessage()
                            + "): the follower has an empty one of that name, until the leader makes it anew");
                }
                failed.clear();
            }
            if (!failed.isEmpty() && failed.size() == left.size()) {
                throw new SQLException(failed.getFirst().kind().words() + " " + failed.getFirst().name() + ": " + failures.getFirst().getMessage(),
                        failures.getFirst().getSQLState(), failures.getFirst().getErrorCode(), failures.getFirst());
            }
            left = failed;
        }
        for (String defaults : defaultRoles) {
            run(defaults);
        }
        return said;
    }

    /** A server keeps a grant on what was dropped, or is not copied, and lets none be made. */
    private static boolean leavesOutGrants(List<SchemaObject> failed, List<SQLException> failures, List<String> said) {
        boolean any = false;
        for (int i = failed.size() - 1; i >= 0; i--) {
            if (failed.get(i).kind() == SchemaObject.Kind.GRANT && GONE.contains(failures.get(i).getErrorCode())) {
                said.add("A grant to " + failed.get(i).name().name() + "@" + failed.get(i).name().schema() + " cannot be made ("
                        + failures.get(i).getMessage() + "): the follower has it not");
                failed.remove(i);
                any = true;
            }
        }
        return any;
    }

    private void create(SchemaObject object, Instant takenAt, List<String> said) throws SQLException {
        switch (object.kind()) {
            case SCHEMA -> {
            }
            case VIEW, FUNCTION, PROCEDURE, PACKAGE, PACKAGE_BODY, TRIGGER, EVENT -> {
                use(object.name());
                run("SET SESSION sql_mode = '" + object.sqlMode().replace("NO_AUTO_CREATE_USER", "").replace(",,", ",") + "'");
                run("DROP " + object.kind().words() + " IF EXISTS " + object.name().quoted());
                setCollation(object);
                if (object.kind() == SchemaObject.Kind.EVENT) {
                    createEvent(object, takenAt, said);
                } else {
                    run(object.createStatement());
                }
                run("SET SESSION sql_mode = '', collation_connection = " + JdbcSnapshotTarget.COLLATION);
            }
            case USER -> createUser(object, said);
            case GRANT -> run(object.createStatement());
        }
    }

    /** What its literals are compared by; a collation that the follower does not know is left at what every server has. */
    private void setCollation(SchemaObject object) throws SQLException {
        String collation = object.collation();
        if (collation == null || !NAME.matcher(collation).matches()) {
            return; // Of a snapshot that was taken before it was kept.
        }
        try {
            run("SET SESSION collation_connection = " + collation);
        } catch (SQLException e) {
            if (e.getErrorCode() != UNKNOWN_COLLATION) {
                throw e;
            }
        }
    }

    /** An account that is there has what the leader's has, and nothing more; but ours keeps what it needs here. */
    private void createUser(SchemaObject user, List<String> said) throws SQLException {
        String create = user.createStatement();
        String account = text(user.name().name()) + " COLLATE utf8mb4_bin AND Host = " + text(user.name().schema());
        if (create.startsWith("CREATE ROLE") || !isThere(account)) {
            run(create.replaceFirst("CREATE USER ", "CREATE USER IF NOT EXISTS "));
            return;
        }
        if (user.name().name().equals(own)) {
            return;
        }
        Matcher name = ACCOUNT.matcher(create);
        if (!name.lookingAt()) {
            throw new SQLException("the leader shows the account " + user.name().name() + " in an unknown form: " + create, "HY000");
        }
        run(DEFAULT_ROLE.matcher(create).replaceFirst(" ").replaceFirst("CREATE USER ", "ALTER USER "));
        run("REVOKE ALL PRIVILEGES, GRANT OPTION FROM " + name.group(1));
        for (String role : roles(user.name())) {
            revoke(role, name.group(1), said);
        }
        Matcher defaults = DEFAULT_ROLE.matcher(create);
        if (defaults.find()) {
            defaultRoles.add("ALTER USER " + name.group(1) + defaults.group().stripTrailing()); // When they are granted.
        }
        said.add("The account " + user.name().name() + "@" + user.name().schema()
                + " was there before: it has the leader's password and grants now, and no others");
    }

    private void revoke(String role, String account, List<String> said) throws SQLException {
        try {
            run("REVOKE " + role + " FROM " + account);
        } catch (SQLException e) {
            if (!KEEPS_ROLES.contains(e.getErrorCode())) {
                throw e;
            }
            said.add("The account " + account + " keeps its role " + role + " (" + e.getMessage() + ")");
        }
    }

    private List<String> roles(TableName account) throws SQLException {
        String to = " = " + text(account.name()) + " COLLATE utf8mb4_bin AND ";
        List<String> queries = List
                .of("SELECT CONCAT(QUOTE(FROM_USER), '@', QUOTE(FROM_HOST)) FROM mysql.role_edges WHERE TO_USER" + to + "TO_HOST = "
                        + text(account.schema()), "SELECT QUOTE(Role) FROM mysql.roles_mapping WHERE User" + to + "Host = " + text(account.schema()));
        List<String> roles = new ArrayList<>();
        for (String query : queries) { // MySQL's and MariaDB's.
            try (ResultSet row = statement.executeQuery(query)) {
                while (row.next()) {
                    roles.add(row.getString(1));
                }
            } catch (SQLException e) {
                if (e.getErrorCode() != NO_SUCH_TABLE) {
                    throw e;
                }
            }
        }
        return roles;
    }

    private boolean isThere(String account) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM mysql.user WHERE User = " + account)) {
            row.next();
            return row.getLong(1) > 0;
        }
    }

    /** It is made as of the time of the snapshot: a server makes no event whose time is over, which the log may still drop or change. */
    private void createEvent(SchemaObject event, Instant takenAt, List<String> said) throws SQLException {
        try {
            setZone(event, said);
            run("SET SESSION timestamp = " + takenAt.getEpochSecond());
            run(STATUS.matcher(event.createStatement()).replaceFirst("$1DISABLE ON " + disabledOn() + "$3"));
        } finally {
            run("SET SESSION timestamp = DEFAULT, time_zone = '+00:00'");
        }
    }

    private void setZone(SchemaObject event, List<String> said) throws SQLException {
        String zone = event.timeZone();
        if (zone == null || zone.isEmpty()) {
            return;
        }
        try {
            run("SET SESSION time_zone = '" + zone + "'");
        } catch (SQLException e) {
            if (e.getErrorCode() != UNKNOWN_TIME_ZONE) {
                throw e;
            }
            said.add("The follower does not know the time zone " + zone + " of the event " + event.name()
                    + ", so its times stand in UTC there: load the time zone tables (mysql_tzinfo_to_sql)");
        }
    }

    /** An event runs on the leader only; its effects come with the log. */
    void disableEvent(TableName event) throws SQLException {
        run("ALTER EVENT " + event.quoted() + " DISABLE ON " + disabledOn());
    }

    private String disabledOn() throws SQLException {
        String version = statement.getConnection().getMetaData().getDatabaseProductVersion();
        return version.contains("MariaDB") || version.startsWith("5.") || version.startsWith("8.0") ? "SLAVE" : "REPLICA";
    }

    private void use(TableName name) throws SQLException {
        run("USE " + TableName.quote(name.schema()));
    }

    private void run(String sql) throws SQLException {
        statement.execute(JdbcSnapshotTarget.bytes(sql));
    }
}
