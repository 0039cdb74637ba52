package io.millrace.replication.followers;

import io.millrace.replication.snapshots.SnapshotProgress;
import java.time.Instant;

/** Where a follower is in its life, since when, and what comes next. */
public sealed interface FollowerState {
    /** Since when. */
    Instant since();

    /** One line for a person: the cause, and the next step. */
    String detail();

    /** The word for status and logs. */
    default String word() {
        return switch (this) {
            case New state -> "new";
            case Seeding state -> "seeding";
            case CatchingUp state -> "catching up";
            case Live state -> "live";
            case Waiting state -> "waiting";
            case Stopped state -> "stopped";
        };
    }

    /** Whether nothing has changed that a person would want to be told of: the same word for the same cause. */
    default boolean isSameAs(FollowerState before) {
        return switch (this) {
            case Seeding state -> before instanceof Seeding other && other.progress() == state.progress();
            case Waiting state -> before instanceof Waiting other && other.cause().equals(state.cause());
            case Stopped state -> before instanceof Stopped other && other.cause().equals(state.cause());
            case New state -> before instanceof New;
            case CatchingUp state -> before instanceof CatchingUp;
            case Live state -> before instanceof Live;
        };
    }

    /** Nothing is known of it yet. */
    record New(Instant since) implements FollowerState {
        @Override
        public String detail() {
            return "looking for its checkpoint";
        }
    }

    /** A snapshot is being taken for it or loaded into it. */
    record Seeding(Instant since, SnapshotProgress progress, String doing) implements FollowerState {
        @Override
        public String detail() {
            return doing + ": " + progress;
        }
    }

    /** The backlog is being applied. */
    record CatchingUp(Instant since) implements FollowerState {
        @Override
        public String detail() {
            return "applying the backlog";
        }
    }

    /** It follows the leader as changes happen. */
    record Live(Instant since) implements FollowerState {
        @Override
        public String detail() {
            return "following";
        }
    }

    /** Something is down; it is tried again by itself. */
    record Waiting(Instant since, String cause, Instant nextTry) implements FollowerState {
        @Override
        public String detail() {
            return cause + "; next try at " + nextTry;
        }
    }

    /** A person must act. */
    record Stopped(Instant since, String cause) implements FollowerState {
        @Override
        public String detail() {
            return cause;
        }
    }
}
