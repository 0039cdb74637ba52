package io.millrace.replication.followers;

import io.millrace.binlog.GtidSet;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerProfile;
import io.millrace.leader.LeaderException;
import io.millrace.preflight.Finding;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.servers.LeaderFacts;
import io.millrace.replication.servers.ServerFit;
import io.millrace.replication.seeding.Seeding;
import io.millrace.snapshot.SnapshotException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** One follower from new to live, and back to live after whatever happens. One thread runs it; any may look. */
public final class FollowerFeed {
    private static final Logger LOG = LoggerFactory.getLogger(FollowerFeed.class);

    private final String name;
    private final Delivery delivery;
    private final Seeding seeding;
    private final Clock clock;
    private volatile FollowerState state;

    public FollowerFeed(String name, Delivery delivery, Seeding seeding, Clock clock) {
        this.name = name;
        this.delivery = delivery;
        this.seeding = seeding;
        this.clock = clock;
        this.state = new FollowerState.New(clock.instant());
    }

    public String name() {
        return name;
    }

    public FollowerState state() {
        return state;
    }

    public ApplierProgress progress() {
        return delivery.progress();
    }

    /** Runs until interrupted, or until a person must act. */
    public void run(Epoch epoch, LeaderFacts leader, RetryDelay delay) throws InterruptedException {
        while (true) {
            try {
                refuseUnfit(leader);
                if (seeding.isUnfinished() || !delivery.isSeeded(epoch)) {
                    delivery.progress().forget(); // Until it is known again what it needs, all of the log is kept.
                    seeding.seed(epoch.log(), (doing, progress) -> enter(new FollowerState.Seeding(clock.instant(), progress, doing)));
                }
                delivery.deliver(epoch, delay, this::enter);
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

    /** Before anything is changed: the follower may be the leader itself. */
    private void refuseUnfit(LeaderFacts leader) throws FollowerException, IOException {
        Optional<Finding> unfit = ServerFit.of(leader, name, delivery.replicates(), profile()).stream().filter(Finding::fatal).findFirst();
        if (unfit.isPresent()) {
            throw new FollowerException.Rejected(unfit.get().what() + ": " + unfit.get().remedy(), null);
        }
    }

    private FollowerProfile profile() throws FollowerException, IOException {
        try {
            return delivery.profile();
        } catch (FollowerException.Unreachable e) {
            String why = seeding.awayBecause();
            throw why.isEmpty() ? e : new FollowerException.Unreachable(why + ": " + e.getMessage(), e);
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
    public Optional<GtidSet> applied() throws FollowerException {
        return delivery.applied();
    }

    private void enter(FollowerState next) {
        FollowerState before = state;
        if (next.isSameAs(before)) {
            state = next instanceof FollowerState.Waiting waiting
                    ? new FollowerState.Waiting(before.since(), waiting.cause(), waiting.nextTry())
                    : before;
            return;
        }
        state = next;
        boolean bad = next instanceof FollowerState.Waiting || next instanceof FollowerState.Stopped;
        LOG.atLevel(bad ? Level.WARN : Level.INFO).addKeyValue("follower", name()).addKeyValue("state", next.word())
                .addKeyValue("detail", next.detail()).log("follower state");
    }

    private void await(Exception cause, Duration delay) throws InterruptedException {
        enter(new FollowerState.Waiting(clock.instant(), String.valueOf(cause.getMessage()), clock.instant().plus(delay)));
        Thread.sleep(delay);
    }

    private void stop(Exception cause) {
        String said = String.valueOf(cause.getMessage());
        String what = said.contains("start Millrace again") ? said : said + "; when that is mended, start Millrace again";
        state = new FollowerState.Stopped(clock.instant(), what);
        LOG.atError().addKeyValue("follower", name()).addKeyValue("cause", what).log("follower stopped: a person must act");
    }
}
