package io.millrace.follower.jdbc;

import io.millrace.config.FollowerConfig;
import io.millrace.connection.ServerVersion;
import io.millrace.preflight.Finding;
import io.millrace.preflight.Grants;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Names every setting and privilege that a follower lacks, with the statement that mends it. */
final class FollowerPreflight {
    private final FollowerConfig config;
    private final Connection connection;
    private final boolean accounts;
    private final List<Finding> findings = new ArrayList<>();

    /** @param accounts whether the leader's accounts are made on it */
    FollowerPreflight(FollowerConfig config, Connection connection, boolean accounts) {
        this.config = config;
        this.connection = connection;
        this.accounts = accounts;
    }

    static String replayPrivilege(ServerVersion version) {
        if (version.mariaDb()) {
            return "BINLOG REPLAY";
        }
        return version.atLeast(8, 0, 0) ? "BINLOG_ADMIN" : "SUPER";
    }

    List<Finding> check() throws SQLException {
        FollowerServer server = FollowerServer.inspect(connection);
        if (config.feed() == FollowerConfig.Feed.PUSH) {
            replay(server);
            sessionVariables(Jdbc.grants(connection), server.version());
            gtids(Jdbc.grants(connection), server);
        }
        if (server.variables().getOrDefault("local_infile", "ON").equalsIgnoreCase("OFF")) {
            findings.add(Finding.warning("The follower " + config.name() + " has local_infile=OFF, so it is seeded by INSERT, which is slower",
                    "SET GLOBAL local_infile = ON;"));
        }
        readOnly(server);
        Grants granted = Jdbc.grants(connection);
        privileges(granted);
        if (accounts && (!granted.hasEverywhere("CREATE USER") || !granted.hasEverywhere("GRANT OPTION"))) {
            findings.add(Finding.error("The account " + config.user() + " on the follower " + config.name()
                    + " cannot make the leader's accounts, which snapshot.users is for: it lacks CREATE USER or GRANT OPTION, and can only grant"
                    + " what it has itself", "GRANT ALL ON *.* TO '" + config.user() + "'@'%' WITH GRANT OPTION;"));
        }
        redoLog(granted, server);
        definers(granted, server);
        return findings;
    }

    private void replay(FollowerServer server) {
        if (!server.replays() && config.apply() == FollowerConfig.Apply.REPLAY) {
            findings.add(Finding.error("The follower " + config.name() + " does not let " + config.user() + " run BINLOG, which apply: replay needs",
                    grant(replayPrivilege(server.version()))));
        }
        if (!server.replays() && config.apply() == FollowerConfig.Apply.AUTO) {
            findings.add(
                    Finding.warning("The follower " + config.name() + " does not let " + config.user() + " run BINLOG: changes are applied as SQL",
                            grant(replayPrivilege(server.version()))));
        }
        if (server.annotates() && config.binlog() != FollowerConfig.Binlog.SKIP) {
            findings.add(Finding.warning("The follower " + config.name() + " writes the text of each statement into its binlog"
                    + " (binlog_annotate_row_events=ON), so changes are applied in small pieces, which is slower",
                    "SET GLOBAL binlog_annotate_row_events = OFF; or " + grant("BINLOG ADMIN")));
        }
    }

    /** Each change is made under the settings that it was made under on the leader. */
    private void sessionVariables(Grants granted, ServerVersion version) {
        boolean may = Stream.of("SESSION_VARIABLES_ADMIN", "SYSTEM_VARIABLES_ADMIN", "SUPER").anyMatch(granted::has);
        if (version.isMySql(8, 0, 14) && !may) {
            findings.add(Finding.error("The account " + config.user() + " on the follower " + config.name()
                    + " lacks SESSION_VARIABLES_ADMIN: it cannot apply changes under the leader's settings", grant("SESSION_VARIABLES_ADMIN")));
        }
    }

    private void gtids(Grants granted, FollowerServer server) {
        if (server.flushesApart() && config.binlog() != FollowerConfig.Binlog.SKIP) {
            findings.add(Finding.warning("The follower " + config.name() + " flushes its binlog and InnoDB's log at other times"
                    + " (sync_binlog, innodb_flush_log_at_trx_commit): transactions get GTIDs of its own there, and not the leader's, which would"
                    + " say too much or too little after a power failure",
                    "SET PERSIST sync_binlog = 1, PERSIST innodb_flush_log_at_trx_commit = 1;"));
        }
        if (server.version().isMySql(8, 3, 0) && !granted.has(FollowerServer.TAGS)) {
            findings.add(Finding.warning("The account " + config.user() + " on the follower " + config.name() + " lacks " + FollowerServer.TAGS
                    + ": transactions whose GTID has a tag get one of the follower's own there", grant(FollowerServer.TAGS)));
        }
    }

    private void readOnly(FollowerServer server) {
        if (server.variables().getOrDefault("super_read_only", "OFF").equalsIgnoreCase("ON")) {
            findings.add(Finding.error("The follower " + config.name() + " refuses every write (super_read_only=ON)",
                    "SET GLOBAL super_read_only = OFF; read_only=ON may stay if " + config.user() + " has CONNECTION_ADMIN"));
        }
    }

    private void privileges(Grants granted) {
        for (String privilege : List.of("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES", "TRIGGER", "EVENT",
                "CREATE VIEW", "CREATE ROUTINE", "ALTER ROUTINE")) {
            if (!granted.has(privilege)) {
                findings.add(Finding.error("The account " + config.user() + " on the follower " + config.name() + " lacks " + privilege,
                        grant(privilege)));
            }
        }
    }

    private void redoLog(Grants granted, FollowerServer server) {
        if (!config.loadWithoutRedoLog()) {
            return;
        }
        if (!server.version().isMySql(8, 0, 21)) {
            findings.add(Finding.error("The follower " + config.name() + " has no switch for its redo log, which only MySQL 8.0.21 and later have",
                    "remove loadWithoutRedoLog"));
        } else if (!granted.has("INNODB_REDO_LOG_ENABLE")) {
            findings.add(Finding.error("The account " + config.user() + " on the follower " + config.name()
                    + " lacks INNODB_REDO_LOG_ENABLE, which loadWithoutRedoLog needs", grant("INNODB_REDO_LOG_ENABLE")));
        }
    }

    private void definers(Grants granted, FollowerServer server) {
        for (String privilege : ofDefiners(server.version())) {
            if (!granted.has(privilege) && (!granted.has("SUPER") || privilege.equals("SYSTEM_USER"))) {
                findings.add(Finding.warning("The account " + config.user() + " on the follower " + config.name() + " lacks " + privilege
                        + ": views, routines, triggers and events whose definer is another account cannot be made", grant(privilege)));
            }
        }
        Map<String, String> variables = server.variables();
        if (variables.getOrDefault("log_bin", "OFF").equals("ON") && variables.getOrDefault("log_bin_trust_function_creators", "ON").equals("OFF")
                && !granted.has("SUPER")) {
            findings.add(Finding.warning("The follower " + config.name() + " lets only accounts with SUPER make triggers and functions"
                    + " (log_bin=ON, log_bin_trust_function_creators=OFF)", "SET GLOBAL log_bin_trust_function_creators = ON;"));
        }
    }

    /** What lets an account make objects in the name of others, be they there or not. */
    private static List<String> ofDefiners(ServerVersion version) {
        if (version.mariaDb()) {
            return List.of("SET USER");
        }
        if (version.atLeast(8, 2, 0)) {
            return List.of("SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER", "SYSTEM_USER");
        }
        if (version.atLeast(8, 0, 16)) {
            return List.of("SET_USER_ID", "SYSTEM_USER");
        }
        return List.of(version.atLeast(8, 0, 0) ? "SET_USER_ID" : "SUPER");
    }

    private String grant(String privilege) {
        return Grants.statement(privilege, config.user());
    }
}
