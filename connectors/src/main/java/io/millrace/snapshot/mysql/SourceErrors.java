package io.millrace.snapshot.mysql;

import io.millrace.connection.Endpoint;
import io.millrace.connection.PassingErrors;
import io.millrace.connection.RootCause;
import io.millrace.connection.ServerErrorException;
import io.millrace.snapshot.SnapshotException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/** Tells which case an error of the leader is. */
final class SourceErrors {
    static final int ER_LOCK_WAIT_TIMEOUT = 1205;
    /** DDL ran while tables were looked up or copied: the view or the catalog no longer fits, and a new snapshot will. */
    private static final Set<Integer> CHANGED_MEANWHILE = Set.of(1412, 1146, 1051, 1054, 1049, 1356);

    private static final Set<Integer> ACCESS_DENIED = Set.of(1044, 1045, 1142, 1143, 1227);

    private SourceErrors() {
    }

    static boolean isAccessDenied(ServerErrorException refused) {
        return ACCESS_DENIED.contains(refused.code());
    }

    static SnapshotException of(Endpoint endpoint, IOException failure) {
        if (failure instanceof ServerErrorException refused) {
            String said = "The leader " + endpoint + " says: " + refused.getMessage();
            if (CHANGED_MEANWHILE.contains(refused.code())) {
                return new SnapshotException.Busy(said + "; DDL ran meanwhile, so the snapshot is taken again", refused);
            }
            if (refused.code() == ER_LOCK_WAIT_TIMEOUT) {
                return new SnapshotException.Busy(said, refused);
            }
            return PassingErrors.contain(refused.code(), said)
                    ? new SnapshotException.Unreachable(said, refused)
                    : new SnapshotException.Refused(isAccessDenied(refused) ? said + "; run `millrace check` for the missing grant" : said, refused);
        }
        Optional<String> distrust = RootCause.distrust("The leader " + endpoint, "leader.tls", failure);
        if (distrust.isPresent()) {
            return new SnapshotException.Refused(distrust.get(), failure);
        }
        return new SnapshotException.Unreachable("The leader " + endpoint + " was lost while a snapshot was taken: " + failure.getMessage(), failure);
    }
}
