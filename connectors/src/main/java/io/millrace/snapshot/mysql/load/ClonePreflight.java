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
import java.util.Optional;

/**
 * Names everything that a clone lacks on the leader and on the follower, with the statement that mends it. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/clone-plugin-limitations.html">Clone Plugin Limitations</a>
 */
final class ClonePreflight {
    private static final String PLUGIN = "SELECT PLUGIN_STATUS FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'clone'";
    private static final String INSTALL = "INSTALL PLUGIN clone SONAME 'mysql_clone.so';";

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
        if (!new Grants(connection.query(Grants.QUERY).column(0)).has("BACKUP_ADMIN")) {
            error("The account " + leader.user() + " lacks BACKUP_ADMIN on the leader, which seed: clone needs",
                    Grants.statement("BACKUP_ADMIN", leader.user()));
        }
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
        Grants granted = new Grants(lines);
        for (String privilege : List.of("CLONE_ADMIN", "SYSTEM_VARIABLES_ADMIN")) {
            if (!granted.has(privilege)) {
                error("The account " + config.user() + " on the follower " + config.name() + " lacks " + privilege + ", which seed: clone needs",
                        Grants.statement(privilege, config.user()));
            }
        }
    }

    /** The follower's accounts become the leader's, so ours has to be one of those. */
    private void accounts() throws IOException {
        Endpoint afterwards = new Endpoint(leader.host(), leader.port(), config.user(), config.password(), leader.tls(), leader.connectTimeout(),
                Optional.empty());
        try (ServerConnection connection = ServerConnection.open(afterwards)) {
            connection.query("SELECT 1");
        } catch (ServerErrorException e) {
            error("A clone has the leader's accounts, and the leader does not let in the one by which the follower " + config.name()
                    + " is reached: " + e.getMessage(),
                    "CREATE USER '" + config.user() + "'@'%' IDENTIFIED BY '…'; on the leader, with the follower's password and grants");
        }
    }

    /** A clone comes up as what the leader is: its events run and its replication goes on, before anybody can end them. */
    private void whatRunsByItself(ServerConnection connection) throws IOException, SQLException {
        String events = connection.query("SELECT COUNT(*) FROM information_schema.EVENTS WHERE STATUS = 'ENABLED'").text(0, 0);
        boolean schedules = !first("SELECT VARIABLE_VALUE FROM performance_schema.persisted_variables WHERE VARIABLE_NAME = 'event_scheduler'")
                .equalsIgnoreCase("OFF")
                && (first("SELECT @@global.event_scheduler").equals("ON")
                        || first("SELECT VARIABLE_SOURCE FROM performance_schema.variables_info WHERE VARIABLE_NAME = 'event_scheduler'")
                                .equals("DYNAMIC"));
        if (!events.equals("0") && schedules) {
            error("The leader has " + events + " events, which would run on the follower " + config.name() + ", too, as soon as it comes up",
                    "SET PERSIST event_scheduler = OFF; on the follower");
        }
        String sources = connection.query("SELECT COUNT(*) FROM performance_schema.replication_connection_configuration WHERE HOST <> ''").text(0, 0);
        if (!sources.equals("0") && !first("SELECT @@global.skip_replica_start").equals("1")) {
            error("The leader replicates from others, and the follower " + config.name() + " would go on with that as soon as it comes up",
                    "skip_replica_start=ON in the follower's configuration, and a restart");
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
