package io.millrace.snapshot;

import org.jspecify.annotations.Nullable;

/** What can go wrong while a snapshot is taken or loaded. */
public abstract sealed class SnapshotException extends Exception {
    private SnapshotException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** A server or the link to it is down; it may come back. */
    public static final class Unreachable extends SnapshotException {
        public Unreachable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** A lock could not be had in the time that we allow ourselves. */
    public static final class Busy extends SnapshotException {
        public Busy(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** A server refuses a statement: a person must act. */
    public static final class Refused extends SnapshotException {
        public Refused(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The follower holds data that nobody allowed us to replace. */
    public static final class NotEmpty extends SnapshotException {
        public NotEmpty(String message) {
            super(message, null);
        }
    }

    /** The coordinates could not be proved in the time and with the means allowed. */
    public static final class Unproved extends SnapshotException {
        public Unproved(String message) {
            super(message, null);
        }
    }

    /** A stored snapshot is damaged. */
    public static final class Corrupt extends SnapshotException {
        public Corrupt(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
