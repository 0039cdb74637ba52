package io.millrace.snapshot.mysql;

import io.millrace.connection.Endpoint;
import io.millrace.connection.ServerConnection;
import io.millrace.connection.ServerErrorException;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.TableDefinition;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Read locks on the tables that no consistent view shows, held by a connection of their own. A writer lets go of such a table only
 * after its change is in the binlog, so what is read under the lock is the table at all coordinates from then on. Any thread; the
 * caller locks and releases in turn.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/lock-tables.html">LOCK TABLES</a>
 */
final class TableLocks implements AutoCloseable {
    private static final int LOCK_SECONDS = 5;

    private final Endpoint endpoint;
    private Optional<ServerConnection> holder = Optional.empty();

    TableLocks(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * Locks all of them at once, for nobody else may write between two.
     *
     * @throws SnapshotException.Refused when LOCK TABLES is not granted
     */
    synchronized void lock(List<TableDefinition> tables) throws IOException, SnapshotException {
        if (tables.isEmpty()) {
            return;
        }
        ServerConnection connection = ServerConnection.open(endpoint);
        holder = Optional.of(connection);
        connection.execute("SET SESSION wait_timeout = 28800, lock_wait_timeout = " + LOCK_SECONDS);
        try {
            connection.execute("LOCK TABLES " + tables.stream().map(table -> table.name().quoted() + " READ").collect(Collectors.joining(", ")));
        } catch (ServerErrorException e) {
            if (e.code() == SourceErrors.ER_LOCK_WAIT_TIMEOUT) {
                throw e;
            }
            throw new SnapshotException.Refused("No consistent view shows " + described(tables) + ", and the leader " + endpoint
                    + " does not let them be locked while they are copied (" + e.getMessage() + "): GRANT LOCK TABLES ON *.* to the account, "
                    + "or convert them with ALTER TABLE … ENGINE=InnoDB, or leave their schemas out with snapshot.schemas", e);
        }
    }

    static String described(List<TableDefinition> tables) {
        return tables.stream().map(table -> table.name() + " (" + table.engine() + ")").collect(Collectors.joining(", "));
    }

    synchronized void release() throws IOException {
        if (holder.isPresent()) {
            holder.get().execute("UNLOCK TABLES"); // The lock is let go before the connection is gone.
            close();
        }
    }

    @Override
    public synchronized void close() {
        holder.ifPresent(ServerConnection::close);
        holder = Optional.empty();
    }
}
