package io.millrace.snapshot.mysql;

import io.millrace.connection.Endpoint;
import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.connection.ServerErrorException;
import io.millrace.snapshot.LeaderLoad;
import io.millrace.snapshot.SnapshotException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Asks the leader how busy it is, over a connection of its own. One thread at a time. */
final class LoadReader implements AutoCloseable {
    /** In picoseconds; a statement that commits by itself stands under its own name. */
    private static final String WRITES = "SELECT COALESCE(SUM(COUNT_STAR), 0), COALESCE(SUM(SUM_TIMER_WAIT) DIV 1000, 0)"
            + " FROM performance_schema.events_statements_summary_global_by_event_name WHERE EVENT_NAME IN"
            + " ('statement/sql/commit', 'statement/sql/insert', 'statement/sql/update', 'statement/sql/delete')";

    private final Endpoint endpoint;
    private @Nullable ServerConnection connection;

    LoadReader(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** @throws SnapshotException.Unreachable if the leader is lost */
    LeaderLoad read() throws SnapshotException {
        try {
            ServerConnection open = connection == null ? connect() : connection;
            int running = Integer.parseInt(open.query("SHOW GLOBAL STATUS LIKE 'Threads_running'").text(0, 1));
            return withWrites(open, running);
        } catch (IOException e) {
            throw SourceErrors.of(endpoint, e);
        }
    }

    private ServerConnection connect() throws IOException {
        ServerConnection opened = ServerConnection.open(endpoint);
        connection = opened;
        opened.execute("SET SESSION wait_timeout = 28800");
        return opened;
    }

    /** Nothing is known of writes where the account may not ask. */
    private static LeaderLoad withWrites(ServerConnection open, int running) throws IOException {
        try {
            QueryResult writes = open.query(WRITES);
            return new LeaderLoad(running, Long.parseLong(writes.text(0, 0)), Long.parseLong(writes.text(0, 1)));
        } catch (ServerErrorException e) {
            return new LeaderLoad(running, 0, 0);
        }
    }

    @Override
    public void close() {
        if (connection != null) {
            connection.close();
        }
    }
}
