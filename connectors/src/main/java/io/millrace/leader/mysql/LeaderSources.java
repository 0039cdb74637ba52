package io.millrace.leader.mysql;

import io.millrace.binlog.GtidSet;
import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.connection.ServerErrorException;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** From whom the leader itself replicates, natively or fed by Millrace. */
final class LeaderSources {
    /** Whoever drives a follower holds this lock on it. */
    private static final String FED = "SELECT leader FROM millrace.checkpoint WHERE IS_USED_LOCK(CONCAT('millrace:', name)) IS NOT NULL";

    private LeaderSources() {
    }

    /** The UUIDs of its sources, or MariaDB's server ids; whose changes it is fed with, by their identity as leaders. */
    static Set<String> read(ServerConnection connection) throws IOException {
        Set<String> found = new HashSet<>(replicated(connection));
        try {
            QueryResult fed = connection.query(FED);
            for (int i = 0; i < fed.rows().size(); i++) {
                found.add(fed.text(i, 0));
            }
        } catch (ServerErrorException e) {
            // It never was a follower, or does not let us see it.
        }
        return found;
    }

    private static Set<String> replicated(ServerConnection connection) throws IOException {
        return sources(status(connection), connection.version().mariaDb());
    }

    /** What a replica of MySQL's has of its sources' logs, applied or not; empty where it is none, or MariaDB, which does not say so. */
    static GtidSet received(ServerConnection connection) throws IOException {
        GtidSet received = GtidSet.empty();
        if (!connection.version().mariaDb()) {
            QueryResult status = status(connection);
            for (int i = 0; i < status.rows().size(); i++) {
                received = received.union(GtidSet.parse(status.text(i, "Retrieved_Gtid_Set").replace("\n", "")));
            }
        }
        return received;
    }

    /** Of the first statement that it knows and grants. */
    private static QueryResult status(ServerConnection connection) throws IOException {
        List<String> ways = connection.version().mariaDb() ? List.of("SHOW ALL SLAVES STATUS") : List.of("SHOW REPLICA STATUS", "SHOW SLAVE STATUS");
        for (String way : ways) {
            try {
                return connection.query(way);
            } catch (ServerErrorException e) {
                // It does not know these words, or does not let us see it.
            }
        }
        return new QueryResult(List.of(), List.of());
    }

    private static Set<String> sources(QueryResult result, boolean mariaDb) {
        boolean old = mariaDb || !result.columns().contains("Source_UUID");
        String source = mariaDb ? "Master_Server_Id" : old ? "Master_UUID" : "Source_UUID";
        Set<String> found = new HashSet<>();
        for (int i = 0; i < result.rows().size(); i++) {
            boolean runs = !result.text(i, old ? "Slave_IO_Running" : "Replica_IO_Running").equals("No")
                    || !result.text(i, old ? "Slave_SQL_Running" : "Replica_SQL_Running").equals("No");
            if (runs && !result.text(i, source).isEmpty()) {
                found.add(result.text(i, source));
            }
        }
        return found;
    }
}
