package io.millrace.follower;

import org.jspecify.annotations.Nullable;

/** What can go wrong with a follower: a case for each decision that follows from it. */
public abstract sealed class FollowerException extends Exception {
    private FollowerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The follower or the link to it is down; it may come back. */
    public static final class Unreachable extends FollowerException {
        public Unreachable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The account or a privilege is wrong: a person must act. */
    public static final class AccessDenied extends FollowerException {
        public AccessDenied(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** A deadlock or a lock wait: the same again, from the beginning of the transaction. */
    public static final class Conflict extends FollowerException {
        public Conflict(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** The follower does not take what the leader did: its data or its settings differ. A person must act. */
    public static final class Rejected extends FollowerException {
        private final boolean repeatable;

        public Rejected(String message, @Nullable Throwable cause) {
            this(message, cause, true);
        }

        /** @param repeatable whether nothing of what was rejected stays, so that trying it again does no harm */
        public Rejected(String message, @Nullable Throwable cause, boolean repeatable) {
            super(message, cause);
            this.repeatable = repeatable;
        }

        public boolean isRepeatable() {
            return repeatable;
        }
    }

    /** Another process drives this follower now; this one must not go on. */
    public static final class Fenced extends FollowerException {
        public Fenced(String message) {
            super(message, null);
        }
    }

    /** There is no checkpoint on the follower: it must be seeded. */
    public static final class NotSeeded extends FollowerException {
        public NotSeeded(String message) {
            super(message, null);
        }
    }

    /** It has applied transactions that the leader does not have: after a failover that lost some, a person must choose. */
    public static final class Ahead extends FollowerException {
        public Ahead(String message) {
            super(message, null);
        }
    }
}
