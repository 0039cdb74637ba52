package io.millrace.itest.server;

import io.millrace.binlog.BinlogCoordinates;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A server as a native replica, of a leader or of Millrace. One thread. */
public final class NativeReplica {
    private final DatabaseServer server;

    /**
     * Where it replicates from.
     *
     * @param gtids whether by GTID, and not by file and position
     * @param tls whether over TLS
     */
    public record Source(int port, String user, String password, boolean gtids, boolean tls) {}

    public NativeReplica(DatabaseServer server) {
        this.server = server;
    }

    /** Takes over the leader's GTIDs as its own, for it has nothing else yet; and where the leader's log ends. */
    public BinlogCoordinates startFrom(DatabaseServer leader) throws SQLException {
        String end = Coordinates.end(leader);
        if (server.kind().isMariaDb()) {
            server.execute("SET GLOBAL gtid_slave_pos = '" + leader.value("SELECT @@global.gtid_binlog_pos") + "'");
        } else {
            server.execute(server.kind() == ServerKind.MYSQL_97 ? "RESET BINARY LOGS AND GTIDS" : "RESET MASTER",
                    "SET GLOBAL gtid_purged = '" + leader.value("SELECT @@global.gtid_executed").replace("\n", "") + "'");
        }
        int colon = end.lastIndexOf(':');
        return new BinlogCoordinates(end.substring(0, colon), Long.parseLong(end.substring(colon + 1)));
    }

    /** Points it at a source and starts it. */
    public void replicate(Source source, BinlogCoordinates from, String... more) throws SQLException {
        boolean words = server.kind() == ServerKind.MYSQL_97;
        List<String> options = new ArrayList<>(List.of("MASTER_HOST = '127.0.0.1'", "MASTER_PORT = " + source.port(),
                "MASTER_USER = '" + source.user() + "'", "MASTER_PASSWORD = '" + source.password() + "'", "MASTER_CONNECT_RETRY = 1",
                "MASTER_HEARTBEAT_PERIOD = 1", "MASTER_SSL = " + (source.tls() ? 1 : 0)));
        if (server.kind().isMariaDb()) {
            options.add("MASTER_USE_GTID = " + (source.gtids() ? "slave_pos" : "no"));
        } else if (source.gtids()) {
            options.add("MASTER_AUTO_POSITION = 1");
        }
        if (!server.kind().isMariaDb()) {
            options.add("MASTER_RETRY_COUNT = 1000"); // Since 9.0 it gives up after ten tries, which a busy machine may need.
        }
        if (!source.gtids()) {
            options.addAll(List.of("MASTER_LOG_FILE = '" + from.file() + "'", "MASTER_LOG_POS = " + from.position()));
        }
        if (server.kind() == ServerKind.MYSQL_97 || server.kind() == ServerKind.MYSQL_80) {
            options.add("GET_MASTER_PUBLIC_KEY = 1");
        }
        options.addAll(Arrays.asList(more));
        String change = "CHANGE MASTER TO " + String.join(", ", options);
        server.execute(words ? change.replace("CHANGE MASTER", "CHANGE REPLICATION SOURCE").replace("MASTER_", "SOURCE_") : change,
                words ? "START REPLICA" : "START SLAVE");
    }

    public void stop() throws SQLException {
        server.execute(server.kind() == ServerKind.MYSQL_97 ? "STOP REPLICA" : "STOP SLAVE");
    }

    /** A column of SHOW REPLICA STATUS by its new name. */
    public String status(String column) throws SQLException {
        boolean words = server.kind() == ServerKind.MYSQL_97;
        String name = words ? column : column.replace("Replica_", "Slave_").replace("Source", "Master");
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(words ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS")) {
            return row.next() ? String.valueOf(row.getString(name)) : "";
        }
    }

    /** Waits until it has applied everything that the leader has logged by now; an error of its own fails at once. */
    public void awaitCaughtUp(DatabaseServer leader, Duration patience) throws SQLException, IOException, InterruptedException {
        if (leader.kind().isMariaDb()) {
            leader.execute("FLUSH TABLES");
        }
        String end = Coordinates.end(leader);
        long deadline = System.nanoTime() + patience.toNanos();
        while (Coordinates.compare(applied(), end) < 0) {
            boolean failed = status("Replica_SQL_Running").equals("No") || status("Replica_IO_Running").equals("No");
            if (failed || System.nanoTime() > deadline) {
                throw new IOException("the replica is at " + applied() + " and not at " + end + ": receiver " + status("Replica_IO_Running") + " "
                        + status("Last_IO_Error") + ", applier " + status("Replica_SQL_Running") + " " + status("Last_SQL_Error"));
            }
            Thread.sleep(25);
        }
    }

    private String applied() throws SQLException {
        String file = status("Relay_Source_Log_File");
        return (file.isEmpty() ? "none.000000" : file) + ":" + Math.max(4, Long.parseLong(status("Exec_Source_Log_Pos")));
    }
}
