package io.millrace.leader;

import org.jspecify.annotations.Nullable;

/** What can go wrong with the leader: a case for each decision that follows from it. */
public abstract sealed class LeaderException extends Exception {
    private LeaderException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The leader or the link to it is down; it may come back. */
    public static final class Unreachable extends LeaderException {
        public Unreachable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The account or a privilege is wrong: a person must act. */
    public static final class AccessDenied extends LeaderException {
        public AccessDenied(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The leader no longer has what we ask for. */
    public static final class Purged extends LeaderException {
        public Purged(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Another replica uses our server id or UUID. */
    public static final class ServerIdTaken extends LeaderException {
        public ServerIdTaken(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The leader's log is not the one that we have copied. */
    public static final class Diverged extends LeaderException {
        public Diverged(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The leader's settings or version do not allow what we need. */
    public static final class Unsupported extends LeaderException {
        public Unsupported(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
