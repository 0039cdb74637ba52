package io.millrace.follower.jdbc;

import io.millrace.config.FollowerConfig;
import io.millrace.connection.ServerVersion;
import io.millrace.preflight.Finding;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Names every setting and privilege that a follower lacks, with the statement that mends it. */
final class FollowerPreflight {
    private final FollowerConfig config;
    private final Connection connection;
    private final List<Finding> findings = new ArrayList<>();

    FollowerPreflight(FollowerConfig config, Connection connection) {
        this.config = config;
        this.connection = connection;
    }

    static String replayPrivilege(ServerVersion version) {
        if (version.mariaDb()) {
            return "BINLOG REPLAY";
        }
        return version.atLeast(8, 0, 0) ? "BINLOG_ADMIN" : "SUPER";
    }

    List<Finding> check() throws SQLException {
        FollowerServer server = FollowerServer.inspect(connection);
        if (!server.replays() && config.apply() == FollowerConfig.Apply.REPLAY) {
            findings.add(Finding.error("The follower " + config.name() + " does not let " + config.user() + " run BINLOG, which apply: replay needs",
                    grant(replayPrivilege(server.version()))));
        }
        if (!server.replays() && config.apply() == FollowerConfig.Apply.AUTO) {
            findings.add(
                    Finding.warning("The follower " + config.name() + " does not let " + config.user() + " run BINLOG: changes are applied as SQL",
                            grant(replayPrivilege(server.version()))));
        }
        if (server.variables().getOrDefault("local_infile", "ON").equalsIgnoreCase("OFF")) {
            findings.add(Finding.warning("The follower " + config.name() + " has local_infile=OFF, so it is seeded by INSERT, which is slower",
                    "SET GLOBAL local_infile = ON;"));
        }
        if (server.annotates() && config.binlog() != FollowerConfig.Binlog.SKIP) {
            findings.add(Finding.warning("The follower " + config.name() + " writes the text of each statement into its binlog"
                    + " (binlog_annotate_row_events=ON), so changes are applied in small pieces, which is slower",
                    "SET GLOBAL binlog_annotate_row_events = OFF; or " + grant("BINLOG ADMIN")));
        }
        readOnly(server);
        privileges();
        return findings;
    }

    private void readOnly(FollowerServer server) {
        if (server.variables().getOrDefault("super_read_only", "OFF").equalsIgnoreCase("ON")) {
            findings.add(Finding.error("The follower " + config.name() + " refuses every write (super_read_only=ON)",
                    "SET GLOBAL super_read_only = OFF; read_only=ON may stay if " + config.user() + " has CONNECTION_ADMIN"));
        }
    }

    private void privileges() throws SQLException {
        StringBuilder all = new StringBuilder();
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("SHOW GRANTS FOR CURRENT_USER()")) {
            while (rows.next()) {
                all.append(rows.getString(1).toUpperCase(Locale.ROOT)).append('\n');
            }
        }
        String granted = all.toString();
        for (String privilege : List.of("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES", "TRIGGER", "EVENT",
                "CREATE VIEW", "CREATE ROUTINE", "ALTER ROUTINE")) {
            if (!granted.contains("ALL PRIVILEGES ON *.*") && !granted.matches("(?s).*\\b" + privilege + "\\b.*")) {
                findings.add(Finding.error("The account " + config.user() + " on the follower " + config.name() + " lacks " + privilege,
                        grant(privilege)));
            }
        }
    }

    private String grant(String privilege) {
        return "GRANT " + privilege + " ON *.* TO '" + config.user() + "'@'%';";
    }
}
