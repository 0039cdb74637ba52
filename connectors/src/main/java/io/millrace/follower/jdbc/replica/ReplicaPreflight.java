package io.millrace.follower.jdbc.replica;

import io.millrace.config.FollowerConfig;
import io.millrace.connection.ServerVersion;
import io.millrace.follower.jdbc.Jdbc;
import io.millrace.preflight.Finding;
import io.millrace.preflight.Grants;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Names every setting and privilege that a native replica lacks, with the statement that mends it. */
final class ReplicaPreflight {
    private ReplicaPreflight() {
    }

    static List<Finding> check(FollowerConfig config, ServerVersion version, Statement statement) throws SQLException {
        List<Finding> findings = new ArrayList<>();
        Grants granted = Jdbc.grants(statement.getConnection());
        for (String privilege : privileges(version)) {
            if (!granted.has(privilege)) {
                findings.add(Finding.error("The account " + config.user() + " on the follower " + config.name() + " lacks " + privilege
                        + ", which setting up a replica needs", Grants.statement(privilege, config.user())));
            }
        }
        if (value(statement, "SELECT @@global.server_id").equals("0")) {
            findings.add(Finding.error("The follower " + config.name() + " has server_id=0, with which it cannot be a replica",
                    "SET GLOBAL server_id = " + "<a number that no other server has>;"));
        }
        return findings;
    }

    private static List<String> privileges(ServerVersion version) {
        if (version.mariaDb()) {
            return List.of("REPLICATION SLAVE ADMIN", "BINLOG ADMIN", "SLAVE MONITOR", "RELOAD");
        }
        return version.atLeast(8, 0, 18)
                ? List.of("REPLICATION_SLAVE_ADMIN", "SYSTEM_VARIABLES_ADMIN", "RELOAD", "REPLICATION CLIENT")
                : List.of("SUPER", "RELOAD", "REPLICATION CLIENT");
    }

    private static String value(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }
}
