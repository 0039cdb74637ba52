package io.millrace.serve.sql;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.protocol.TextResult;
import io.millrace.relay.RelayLog;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What statements ask about. Any thread. */
public interface Facts {
    /** The global variables: the leader's, with our own in their place where they differ. */
    Map<String, String> variables();

    /** The counters of SHOW STATUS. */
    Map<String, String> status();

    boolean mariaDb();

    String version();

    RelayLog log();

    BinlogCoordinates end();

    GtidSet executed();

    /** What a MariaDB replica has that has come to a place in the log, as {@code gtid_slave_pos} takes it; empty where no event begins there. */
    Optional<String> gtidsBefore(String file, String position);

    /** One row for each replica that has registered. */
    List<Replica> replicas();

    /** One row for each connection. */
    List<Connection> connections();

    /** How the receiver stands, under the names that {@code SHOW REPLICA STATUS} has in MySQL 8.4; null for what nobody knows. */
    Map<String, @Nullable String> receiver();

    /** Ends a connection, or only what it runs; tells whether there was one. */
    boolean kill(long connectionId, boolean query);

    /** Lets the receiver go on, or stops it. */
    void receive(boolean on);

    /** Deletes files that nobody needs. */
    Optional<String> purgeBefore(String file);

    /** A replica that has registered. */
    record Replica(long serverId, String host, int port, String uuid) {}

    /** A connection. */
    record Connection(long id, String user, String peer, String command, long seconds, String state) {}

    /** The answer to one statement: rows, or nothing but that it was done. */
    record Answer(Optional<TextResult> rows) {
        static Answer ok() {
            return new Answer(Optional.empty());
        }

        static Answer of(TextResult rows) {
            return new Answer(Optional.of(rows));
        }
    }
}
