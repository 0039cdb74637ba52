package io.millrace.snapshot.mysql;

import io.millrace.connection.Endpoint;
import io.millrace.connection.ServerErrorException;
import io.millrace.snapshot.SnapshotException;
import java.io.IOException;

/** Tells which case an error of the leader is. */
final class SourceErrors {
    private static final int ER_LOCK_WAIT_TIMEOUT = 1205;

    private SourceErrors() {
    }

    static SnapshotException of(Endpoint endpoint, IOException failure) {
        if (failure instanceof ServerErrorException refused) {
            String said = "The leader " + endpoint + " says: " + refused.getMessage();
            return refused.code() == ER_LOCK_WAIT_TIMEOUT
                    ? new SnapshotException.Busy(said, refused)
                    : new SnapshotException.Refused(said + "; run `millrace check` for the missing grant", refused);
        }
        return new SnapshotException.Unreachable("The leader " + endpoint + " was lost while a snapshot was taken: " + failure.getMessage(), failure);
    }
}
