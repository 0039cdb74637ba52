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
 * Locks on tables, held by a connection of their own: on one that also holds the backup lock, UNLOCK TABLES would make that end with the
 * next commit. Any thread; the caller locks and releases in turn.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/lock-tables.html">LOCK TABLES</a>
 */
final class TableLocks implements AutoCloseable {
    private static final int READ_LOCK_SECONDS = 2;

    private final Endpoint endpoint;
    private Optional<ServerConnection> holder = Optional.empty();

    TableLocks(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * Locks the tables that no consistent view shows, all at once, against writes. A writer lets go of such a table only after its change
     * is in the binlog, so what is read under the lock is the table at all coordinates from then on.
     *
     * @throws SnapshotException.Refused when LOCK TABLES is not granted
     */
    synchronized void lockToRead(List<TableDefinition> tables) throws IOException, SnapshotException {
        if (tables.isEmpty()) {
            return;
        }
        try {
            lock(tables, "READ", READ_LOCK_SECONDS);
        } catch (ServerErrorException e) {
            if (!SourceErrors.isAccessDenied(e)) {
                throw e;
            }
            throw new SnapshotException.Refused("No consistent view shows " + described(tables) + ", and the leader " + endpoint
                    + " does not let them be locked while they are copied (" + e.getMessage() + "): GRANT LOCK TABLES ON *.* to the account, "
                    + "or convert them with ALTER TABLE … ENGINE=InnoDB, or leave their schemas out with snapshot.schemas", e);
        }
    }

    /** Locks tables against everybody else. */
    synchronized void lockToWrite(List<TableDefinition> tables, int seconds) throws IOException {
        lock(tables, "WRITE", seconds);
    }

    private void lock(List<TableDefinition> tables, String mode, int seconds) throws IOException {
        close(); // Of a try that got no lock.
        ServerConnection connection = ServerConnection.open(endpoint);
        holder = Optional.of(connection);
        connection.execute("SET NAMES utf8mb4"); // In which the names are sent, whatever the server's own is.
        connection.execute("SET SESSION wait_timeout = 28800, lock_wait_timeout = " + seconds);
        connection.execute("LOCK TABLES " + tables.stream().map(table -> table.name().quoted() + " " + mode).collect(Collectors.joining(", ")));
    }

    private static String described(List<TableDefinition> tables) {
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
