package io.millrace.snapshot.mysql.load;

import io.millrace.config.FollowerConfig;
import io.millrace.config.LeaderConfig;
import io.millrace.connection.Endpoint;
import io.millrace.connection.ServerConnection;
import io.millrace.connection.ServerErrorException;
import io.millrace.connection.ServerVersion;
import io.millrace.preflight.Finding;
import io.millrace.preflight.Grants;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Names everything that a clone lacks on the leader and on the follower, with the statement that mends it. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/clone-plugin-limitations.html">Clone Plugin Limitations</a>
 */
final class ClonePreflight {
    private static final String PLUGIN = "SELECT PLUGIN_STATUS FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'clone'";
    private static final String INSTALL = "INSTALL PLUGIN clone SONAME 'mysql_clone.so';";

    /** The first of those tables whose rows a clone leaves out. */
    static final String NOT_CLONED = "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, ' (', ENGINE, ')') FROM information_schema.TABLES"
            + " WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE NOT IN ('InnoDB', 'BLACKHOLE', 'FEDERATED', 'MRG_MYISAM') AND TABLE_SCHEMA NOT IN "
            + JdbcCloneTarget.OWN_SCHEMAS + " LIMIT 1";

    private final FollowerConfig config;
    private final LeaderConfig leader;
    private final Statement follower;
    private final List<Finding> findings = new ArrayList<>();

    /** @param follower of a connection to it */
    ClonePreflight(FollowerConfig config, LeaderConfig leader, Statement follower) {
        this.config = config;
        this.leader = leader;
        this.follower = follower;
    }

    List<Finding> check() throws SQLException {
        try (ServerConnection connection = ServerConnection.open(Endpoint.of(leader))) {
            ServerVersion theirs = ServerVersion.parse(first("SELECT @@version"));
            if (!fit(connection.version(), theirs)) {
                error("The leader is " + connection.version() + " and the follower " + config.name() + " is " + theirs
                        + ": only servers of MySQL 8.0.17 and later can be cloned, within one series (before 8.0.37: one version)",
                        "seed: snapshot");
                return findings;
            }
            leader(connection);
            follower();
            accounts();
            whatRunsByItself(connection);
        } catch (IOException e) {
            error("The leader " + Endpoint.of(leader) + " cannot be asked whether it can be cloned: " + e.getMessage(),
                    "see what is said of the leader");
        }
        return findings;
    }

    /** Since 8.0.37 any version of a series clones any other. */
    static boolean fit(ServerVersion leader, ServerVersion follower) {
        if (!leader.isMySql(8, 0, 17) || follower.mariaDb() || leader.major() != follower.major() || leader.minor() != follower.minor()) {
            return false;
        }
        return leader.patch() == follower.patch() || leader.isMySql(8, 0, 37) && follower.isMySql(8, 0, 37);
    }

    private void leader(ServerConnection connection) throws IOException {
        if (!connection.query(PLUGIN).column(0).contains("ACTIVE")) {
            error("The leader has no clone plugin", INSTALL);
        }
        List<String> lines = connection.query(Grants.QUERY).column(0);
        for (String privilege : List.of("BACKUP_ADMIN", "SELECT")) {
            if (!global(lines, privilege)) {
                error("The account " + leader.user() + " lacks " + privilege + " on everything on the leader, which seed: clone needs",
                        Grants.statement(privilege, leader.user()));
            }
        }
        if (!connection.query("SELECT @@global.gtid_mode").text(0, 0).equals("ON")) {
            error("The leader has no GTIDs, without which nothing proves that what a follower cloned is what the log goes on from",
                    "gtid_mode=ON and enforce_gtid_consistency=ON in its configuration, or seed: snapshot");
        }
        notCloned(connection.query(NOT_CLONED).column(0).stream().findFirst().orElse("")).ifPresent(what -> error("Of the leader " + what,
                "ALTER TABLE … ENGINE = InnoDB; or seed: snapshot"));
    }

    /**
     * Tells of tables that a clone has without their rows.
     *
     * @param found what {@link #NOT_CLONED} gives
     */
    static Optional<String> notCloned(String found) {
        return found.isEmpty() ? Optional.empty() : Optional.of("tables that are not InnoDB's are cloned empty, such as " + found);
    }

    private void follower() throws SQLException {
        if (!first(PLUGIN).equals("ACTIVE")) {
            error("The follower " + config.name() + " has no clone plugin", INSTALL);
        }
        List<String> lines = new ArrayList<>();
        try (ResultSet row = follower.executeQuery(Grants.QUERY)) {
            while (row.next()) {
                lines.add(row.getString(1));
            }
        }
        for (String privilege : List.of("CLONE_ADMIN", "SYSTEM_VARIABLES_ADMIN", "SHOW DATABASES")) {
            if (!global(lines, privilege)) {
                error("The account " + config.user() + " on the follower " + config.name() + " lacks " + privilege
                        + " on everything, which seed: clone needs", Grants.statement(privilege, config.user()));
            }
        }
        if (lines.stream().anyMatch(line -> line.startsWith("REVOKE "))) {
            error("From the account " + config.user() + " on the follower " + config.name()
                    + " schemas are hidden by partial revokes, and a clone drops them too", "use an account without partial revokes");
        }
    }

    /** The follower's accounts become the leader's, so ours has to be one of those, with all that we do as it. */
    private void accounts() throws IOException {
        Endpoint afterwards = new Endpoint(leader.host(), leader.port(), config.user(), config.password(), leader.tls(), leader.connectTimeout(),
                Optional.empty());
        try (ServerConnection connection = ServerConnection.open(afterwards)) {
            List<String> lines = connection.query(Grants.QUERY).column(0);
            List<String> lacks = neededAfterwards().stream().filter(privilege -> !global(lines, privilege)).toList();
            if (!lacks.isEmpty()) {
                error("A clone has the leader's accounts, and the leader grants less to the one by which the follower " + config.name()
                        + " is reached than Millrace needs there",
                        Grants.statement(String.join(", ", lacks), config.user()).replace(";", "; on the leader"));
            }
        } catch (ServerErrorException e) {
            error("A clone has the leader's accounts, and the leader does not let in the one by which the follower " + config.name()
                    + " is reached: " + e.getMessage(),
                    "CREATE USER '" + config.user() + "'@'%' IDENTIFIED BY '…'; on the leader, with the follower's password and grants");
        }
    }

    private List<String> neededAfterwards() {
        List<String> needed = new ArrayList<>(
                List.of("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES", "TRIGGER",
                        "EVENT", "SHOW DATABASES", "CREATE VIEW", "CREATE ROUTINE", "ALTER ROUTINE", "SYSTEM_VARIABLES_ADMIN", "CLONE_ADMIN"));
        if (config.feed() == FollowerConfig.Feed.PULL) {
            needed.addAll(List.of("REPLICATION_SLAVE_ADMIN", "RELOAD", "REPLICATION CLIENT"));
        } else {
            needed.add("XA_RECOVER_ADMIN");
            if (config.apply() != FollowerConfig.Apply.SQL) {
                needed.add("BINLOG_ADMIN");
            }
        }
        return needed;
    }

    /** Whether a privilege is held on everything; one on some schemas hides the others. */
    static boolean global(List<String> lines, String privilege) {
        return lines.stream().map(line -> line.toUpperCase(Locale.ROOT)).filter(line -> line.startsWith("GRANT ") && line.contains(" ON *.* "))
                .map(line -> List.of(line.substring("GRANT ".length(), line.indexOf(" ON *.* ")).split(", ?", -1)))
                .anyMatch(list -> list.contains(privilege) || list.contains("ALL PRIVILEGES"));
    }

    /** A clone comes up as what the leader is by then: its events run and its replication goes on, before anybody can end them. */
    private void whatRunsByItself(ServerConnection connection) throws IOException, SQLException {
        boolean persisted = first("SELECT VARIABLE_VALUE FROM performance_schema.persisted_variables WHERE VARIABLE_NAME = 'event_scheduler'")
                .equalsIgnoreCase("OFF");
        boolean untilRestart = first("SELECT @@global.event_scheduler").equals("ON")
                || first("SELECT VARIABLE_SOURCE FROM performance_schema.variables_info WHERE VARIABLE_NAME = 'event_scheduler'").equals("DYNAMIC");
        if (!persisted && untilRestart) {
            error("Events of the leader would run on the follower " + config.name() + ", too, as soon as it comes up as a clone",
                    "SET PERSIST event_scheduler = OFF; on the follower");
        }
        if (!connection.query("SELECT COUNT(*) FROM performance_schema.replication_connection_configuration WHERE HOST <> ''").text(0, 0)
                .equals("0")) {
            error("The leader replicates from others, and so would its clone", "seed: snapshot");
        }
    }

    private void error(String what, String remedy) {
        findings.add(Finding.error(what, remedy));
    }

    private String first(String sql) throws SQLException {
        try (ResultSet row = follower.executeQuery(sql)) {
            String value = row.next() ? row.getString(1) : null;
            return value == null ? "" : value;
        }
    }
}
