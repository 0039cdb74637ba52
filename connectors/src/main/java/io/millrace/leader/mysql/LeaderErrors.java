package io.millrace.leader.mysql;

import io.millrace.connection.Endpoint;
import io.millrace.connection.RootCause;
import io.millrace.connection.ServerErrorException;
import io.millrace.leader.LeaderException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.Optional;

/**
 * Tells which case an error is.
 *
 * @see <a href="https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html">Server Error Message Reference</a>
 */
final class LeaderErrors {
    private static final int ER_DBACCESS_DENIED = 1044;
    private static final int ER_ACCESS_DENIED = 1045;
    private static final int ER_TABLEACCESS_DENIED = 1142;
    private static final int ER_COLUMNACCESS_DENIED = 1143;
    private static final int ER_SPECIFIC_ACCESS_DENIED = 1227;
    private static final int ER_ACCOUNT_LOCKED = 3118;
    private static final int ER_NOT_SUPPORTED_AUTH_MODE = 1251;
    private static final int ER_SOURCE_FATAL_ERROR_READING_BINLOG = 1236;
    private static final int ER_PARSE = 1064;
    private static final int ER_NO_BINARY_LOGGING = 1381;
    private static final int ER_MARIADB_DUPLICATE_SERVER_ID = 4052;

    private LeaderErrors() {
    }

    static LeaderException of(Endpoint endpoint, IOException failure) {
        if (failure instanceof ServerErrorException refused) {
            return refused(endpoint, refused);
        }
        Optional<String> distrust = RootCause.distrust("The leader " + endpoint, "leader.tls", failure);
        if (distrust.isPresent()) {
            return new LeaderException.AccessDenied(distrust.get(), failure);
        }
        if (failure instanceof SocketTimeoutException) {
            return new LeaderException.Unreachable("The leader " + endpoint + " is silent: no byte within the time allowed", failure);
        }
        return new LeaderException.Unreachable("The leader " + endpoint + " cannot be reached: " + RootCause.told(failure), failure);
    }

    private static LeaderException refused(Endpoint endpoint, ServerErrorException refused) {
        String said = "The leader " + endpoint + " says: " + refused.getMessage();
        return switch (refused.code()) {
            case ER_DBACCESS_DENIED, ER_ACCESS_DENIED, ER_TABLEACCESS_DENIED, ER_COLUMNACCESS_DENIED, ER_SPECIFIC_ACCESS_DENIED, ER_ACCOUNT_LOCKED,
                    ER_NOT_SUPPORTED_AUTH_MODE ->
                new LeaderException.AccessDenied(said + "; run `millrace check` for the missing grant", refused);
            case ER_SOURCE_FATAL_ERROR_READING_BINLOG -> readingBinlog(said, refused);
            case ER_MARIADB_DUPLICATE_SERVER_ID -> serverIdTaken(said, refused);
            case ER_NO_BINARY_LOGGING, ER_PARSE -> new LeaderException.Unsupported(said, refused);
            default -> new LeaderException.Unreachable(said, refused);
        };
    }

    /** Error 1236 stands for many causes, told apart only by its text. */
    private static LeaderException readingBinlog(String said, ServerErrorException refused) {
        String text = said.toLowerCase(Locale.ROOT);
        if (text.contains("could not find first log file") || text.contains("purged")) {
            return new LeaderException.Purged(said + "; let the leader keep its binlogs longer", refused);
        }
        if (text.contains("same server_uuid") || text.contains("same server_id")) {
            return serverIdTaken(said, refused);
        }
        if (text.contains("position > file size") || text.contains("impossible position") || text.contains("max_allowed_packet")
                || text.contains("bogus data")) {
            return new LeaderException.Diverged(said + "; the leader's log is shorter than ours or not the one we copied", refused);
        }
        return new LeaderException.Unreachable(said, refused);
    }

    private static LeaderException serverIdTaken(String said, ServerErrorException refused) {
        return new LeaderException.ServerIdTaken(said + "; give this channel another leader.serverId", refused);
    }
}
