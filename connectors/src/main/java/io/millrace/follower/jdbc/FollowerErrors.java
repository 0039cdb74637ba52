package io.millrace.follower.jdbc;

import com.mysql.cj.jdbc.exceptions.PacketTooBigException;
import io.millrace.follower.FollowerException;
import io.millrace.connection.PassingErrors;
import io.millrace.connection.RootCause;
import java.sql.SQLException;
import java.util.Optional;

/** Tells which case an error of the follower is. */
public final class FollowerErrors {
    static final int ER_LOCK_WAIT_TIMEOUT = 1205;
    static final int ER_LOCK_DEADLOCK = 1213;
    static final int ER_NO_SUCH_TABLE = 1146;
    static final int ER_BAD_DB = 1049;
    private static final int ER_ACCESS_DENIED = 1045;
    private static final int ER_DBACCESS_DENIED = 1044;
    private static final int ER_TABLEACCESS_DENIED = 1142;
    private static final int ER_SPECIFIC_ACCESS_DENIED = 1227;
    private static final int ER_UNKNOWN_TIME_ZONE = 1298;
    private static final int ER_NET_PACKET_TOO_LARGE = 1153;
    /** By Group Replication, for another member's transaction. */
    private static final int ER_ROLLED_BACK_DURING_COMMIT = 3101;
    /** A statement on a table without transactions met a group: by itself it goes through. */
    private static final int ER_GTID_UNSAFE_NON_TRANSACTIONAL_TABLE = 1785;
    private static final int ER_LOCAL_FILES_DISABLED = 3948;
    private static final int ER_MARIADB_LOCAL_FILES_DISABLED = 4166;
    private static final int ER_NOT_ALLOWED_COMMAND = 1148;

    private FollowerErrors() {
    }

    /** @param doing what was being done, for the message */
    public static FollowerException of(String follower, String doing, SQLException thrown) {
        SQLException failure = RootCause.underThePool(thrown);
        Optional<String> distrust = RootCause.distrust("The follower " + follower, "its tls", failure);
        if (distrust.isPresent()) {
            return new FollowerException.AccessDenied(distrust.get(), failure);
        }
        String said = "The follower " + follower + " failed while " + doing + ": " + RootCause.told(failure) + " (" + failure.getErrorCode() + ")";
        if (failure instanceof PacketTooBigException) {
            return tooLarge(said, failure); // By the driver, which has no number for it.
        }
        return switch (failure.getErrorCode()) {
            case ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK, ER_GTID_UNSAFE_NON_TRANSACTIONAL_TABLE, ER_ROLLED_BACK_DURING_COMMIT ->
                new FollowerException.Conflict(said, failure);
            case ER_ACCESS_DENIED, ER_DBACCESS_DENIED, ER_TABLEACCESS_DENIED, ER_SPECIFIC_ACCESS_DENIED ->
                new FollowerException.AccessDenied(said + "; run `millrace check` for the missing grant", failure);
            case ER_LOCAL_FILES_DISABLED, ER_NOT_ALLOWED_COMMAND, ER_MARIADB_LOCAL_FILES_DISABLED ->
                new FollowerException.AccessDenied(said + "; SET GLOBAL local_infile = ON on the follower", failure);
            case ER_UNKNOWN_TIME_ZONE -> new FollowerException.Rejected(said + "; load the names that the leader knows: mysql_tzinfo_to_sql"
                    + " /usr/share/zoneinfo | mysql -u root -p mysql on the follower's host, then start Millrace again", failure);
            case ER_NET_PACKET_TOO_LARGE -> tooLarge(said, failure);
            default -> isLink(failure) || PassingErrors.contain(failure.getErrorCode(), said)
                    ? new FollowerException.Unreachable(said, failure)
                    : new FollowerException.Rejected(said, failure);
        };
    }

    private static FollowerException tooLarge(String said, SQLException failure) {
        return new FollowerException.Rejected(said + "; SET GLOBAL max_allowed_packet = 1073741824 on the follower, and keep it in its option file",
                failure);
    }

    private static boolean isLink(SQLException failure) {
        String state = failure.getSQLState();
        return failure.getErrorCode() == 0 || state == null || state.startsWith("08");
    }
}
