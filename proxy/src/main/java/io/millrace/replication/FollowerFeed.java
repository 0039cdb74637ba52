package io.millrace.replication;

import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.Follower;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.leader.LeaderException;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.snapshots.Seeder;
import io.millrace.replication.snapshots.SnapshotProgress;
import io.millrace.replication.snapshots.Snapshots;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotTarget;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One follower from new to live, and back to live after whatever happens. One thread runs it; any may look. */
public final class FollowerFeed {
    private static final Logger LOG = LoggerFactory.getLogger(FollowerFeed.class);

    private final FollowerSettings settings;
    private final Follower follower;
    private final Supplier<SnapshotTarget> target;
    private final Snapshots snapshots;
    private final Clock clock;
    private final ApplierProgress progress;
    private volatile FollowerState state;

    /**
     * What belongs to one follower.
     *
     * @param replace whether it may be seeded again when the log no longer has what it needs
     */
    public record FollowerSettings(String name, boolean replace, int groupTransactions, long groupBytes, int loaders) {}

    public FollowerFeed(FollowerSettings settings, Follower follower, Supplier<SnapshotTarget> target, Snapshots snapshots, Clock clock) {
        this.settings = settings;
        this.follower = follower;
        this.target = target;
        this.snapshots = snapshots;
        this.clock = clock;
        this.progress = new ApplierProgress(clock);
        this.state = new FollowerState.New(clock.instant());
    }

    public String name() {
        return settings.name();
    }

    public FollowerState state() {
        return state;
    }

    public ApplierProgress progress() {
        return progress;
    }

    /** Runs until interrupted, or until a person must act. */
    void run(Epoch epoch, RetryDelay delay) throws InterruptedException {
        while (true) {
            try {
                if (!isSeeded(epoch)) {
                    seed(epoch.log());
                }
                apply(epoch, delay);
            } catch (FollowerException e) {
                if (isForPerson(e)) {
                    stop(e);
                    return;
                }
                await(e, delay.next());
            } catch (SnapshotException e) {
                if (isForPerson(e)) {
                    stop(e);
                    return;
                }
                await(e, delay.next());
            } catch (RelayLogException.Missing e) {
                stop(e);
                return;
            } catch (LeaderException | RelayLogException | IOException e) {
                await(e, delay.next());
            } catch (RuntimeException e) {
                LOG.atError().addKeyValue("follower", name()).setCause(e).log("unexpected failure: please report it");
                stop(e);
                return;
            }
        }
    }

    private static boolean isForPerson(FollowerException failure) {
        return switch (failure) {
            case FollowerException.Unreachable e -> false;
            case FollowerException.Conflict e -> false;
            case FollowerException.NotSeeded e -> false;
            case FollowerException.AccessDenied e -> true;
            case FollowerException.Rejected e -> true;
            case FollowerException.Fenced e -> true;
            case FollowerException.Ahead e -> true;
        };
    }

    private static boolean isForPerson(SnapshotException failure) {
        return switch (failure) {
            case SnapshotException.Unreachable e -> false;
            case SnapshotException.Busy e -> false;
            case SnapshotException.Unproved e -> false;
            case SnapshotException.Refused e -> true;
            case SnapshotException.NotEmpty e -> true;
            case SnapshotException.Corrupt e -> true;
        };
    }

    /** What the follower has applied, as it says itself; empty for one that is new. */
    Optional<GtidSet> applied() throws FollowerException {
        return follower.checkpoint().map(Checkpoint::gtids);
    }

    private boolean isSeeded(Epoch epoch) throws FollowerException, RelayLogException, InterruptedException {
        Optional<Checkpoint> saved = follower.checkpoint();
        if (saved.isEmpty()) {
            return false;
        }
        try {
            if (epoch.place(name(), saved.get()).isPresent()) {
                return true;
            }
        } catch (FollowerException.Ahead e) {
            if (!settings.replace()) {
                throw e;
            }
        }
        if (!settings.replace()) {
            throw missing(epoch, saved.get());
        }
        return false;
    }

    private static RelayLogException.Missing missing(Epoch epoch, Checkpoint saved) {
        return new RelayLogException.Missing(saved.oldest(), epoch.log().fileNames().stream().findFirst().orElse("nothing"));
    }

    private void seed(RelayLog log) throws SnapshotException, LeaderException, RelayLogException, IOException, InterruptedException {
        SnapshotProgress taking = new SnapshotProgress();
        enter(new FollowerState.Seeding(clock.instant(), taking, "taking a snapshot"));
        Manifest manifest = snapshots.obtain(log, taking, clock);
        SnapshotProgress loading = new SnapshotProgress();
        enter(new FollowerState.Seeding(clock.instant(), loading, "loading snapshot " + manifest.id()));
        try (SnapshotTarget opened = target.get()) {
            new Seeder(snapshots.repository(), settings.loaders()).seed(manifest, opened, loading);
        }
    }

    private void apply(Epoch epoch, RetryDelay delay) throws FollowerException, RelayLogException, InterruptedException {
        enter(new FollowerState.CatchingUp(clock.instant()));
        try (FollowerSession session = follower.drive()) {
            Checkpoint start = epoch.place(name(), session.start()).orElseThrow(() -> missing(epoch, session.start()));
            if (!start.leader().equals(session.start().leader())) {
                session.save(start);
            }
            LOG.atInfo().addKeyValue("follower", name()).addKeyValue("coordinates", start.coordinates()).log("applying");
            apply(epoch, session, start, delay);
        }
    }

    private void apply(Epoch epoch, FollowerSession session, Checkpoint start, RetryDelay delay)
            throws FollowerException, RelayLogException, InterruptedException {
        Applier.Limits limits = new Applier.Limits(settings.groupTransactions(), settings.groupBytes());
        try (Applier applier = new Applier(epoch.log(), session, start, limits, progress)) {
            applier.run(() -> {
                delay.reset();
                if (!(state instanceof FollowerState.Live)) {
                    enter(new FollowerState.Live(clock.instant()));
                }
            });
        }
    }

    private void enter(FollowerState next) {
        state = next;
        LOG.atInfo().addKeyValue("follower", name()).addKeyValue("state", next.word()).log("follower state");
    }

    private void await(Exception cause, Duration delay) throws InterruptedException {
        Instant next = clock.instant().plus(delay);
        state = new FollowerState.Waiting(clock.instant(), String.valueOf(cause.getMessage()), next);
        LOG.atWarn().addKeyValue("follower", name()).addKeyValue("cause", cause.getMessage()).addKeyValue("next_try", next).log("follower waits");
        Thread.sleep(delay);
    }

    private void stop(Exception cause) {
        state = new FollowerState.Stopped(clock.instant(), String.valueOf(cause.getMessage()));
        LOG.atError().addKeyValue("follower", name()).addKeyValue("cause", cause.getMessage()).log("follower stopped: a person must act");
    }
}
