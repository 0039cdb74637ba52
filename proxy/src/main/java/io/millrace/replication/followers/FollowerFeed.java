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
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** One follower from new to live, and back to live after whatever happens. One thread runs it; any may look. */
public final class FollowerFeed {
    private static final Logger LOG = LoggerFactory.getLogger(FollowerFeed.class);

    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration LATER = Duration.ofMinutes(5);
    /** Tries follow each other faster than this: failures that lie further apart have nothing to do with each other. */
    private static final Duration ONE_TROUBLE = Duration.ofMinutes(15);

    private final String name;
    private final Delivery delivery;
    private final Seeding seeding;
    private final Clock clock;
    private volatile FollowerState state;
    /** What was told last of a stop; empty since it was live. Only the feed's own thread uses it. */
    private String stoppedBecause = "";
    private volatile @Nullable Trouble trouble;

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
    public void run(Epoch epoch, Supplier<LeaderFacts> leader, RetryDelay delay) throws InterruptedException {
        stoppedBecause = "";
        boolean wasSeeded = false;
        RetryDelay rare = RetryDelay.rare(RandomGenerator.getDefault());
        while (true) {
            try {
                refuseUnfit(leader.get());
                boolean seeded = !seeding.isUnfinished() && delivery.isSeeded(epoch);
                if (!seeded) {
                    if (wasSeeded && !stoppedBecause.isEmpty()) { // A person has been at it.
                        throw new FollowerException.Rejected("The follower " + name + " was stopped (" + stoppedBecause
                                + "), and is not seeded now: start Millrace again to have it seeded, if it still is to be a follower", null, false);
                    }
                    delivery.progress().forget(); // Until it is known again what it needs, all of the log is kept.
                    seeding.seed(epoch.log(), (doing, progress) -> enter(new FollowerState.Seeding(clock.instant(), progress, doing)));
                }
                wasSeeded = true;
                delivery.deliver(epoch, delay, this::enter);
            } catch (FollowerException e) {
                if (isForPerson(e) && !stopAwhile(e, retriesAfter(e))) {
                    return;
                } else if (!isForPerson(e)) {
                    await(e, delay.next());
                }
            } catch (SnapshotException e) {
                if (isForPerson(e)) {
                    stopAwhile(e, Optional.empty());
                    return;
                }
                await(e, (e instanceof SnapshotException.Unproved ? rare : delay).next());
            } catch (RelayLogException.Missing e) {
                wasSeeded = false; // Not as the log is now.
                stopAwhile(e, Optional.of(SOON));
            } catch (IOException e) {
                await(new IOException("A snapshot cannot be written or read on Millrace's machine: " + e, e), rare.next());
            } catch (LeaderException | RelayLogException e) {
                await(e, delay.next());
            } catch (RuntimeException e) {
                LOG.atError().addKeyValue("follower", name()).setCause(e).log("unexpected failure: please report it");
                stopAwhile(e, Optional.empty());
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

    /** When a stopped follower is looked at again: a person may have mended it there, or the cause may be gone. Only where that does no harm. */
    private static Optional<Duration> retriesAfter(FollowerException failure) {
        return switch (failure) {
            case FollowerException.AccessDenied e -> Optional.of(LATER); // Whoever tries more often may be locked out for it.
            case FollowerException.Rejected e -> e.isRepeatable() ? Optional.of(SOON) : Optional.empty();
            case FollowerException.Ahead e -> Optional.of(SOON);
            default -> Optional.empty();
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

    /**
     * Since when it has got nowhere, through however many tries; empty while it is live, or on its way for a minute without a failure.
     *
     * @param now the time
     */
    public Optional<Instant> troubledSince(Instant now) {
        Trouble known = trouble;
        FollowerState current = state;
        boolean bad = current instanceof FollowerState.Waiting || current instanceof FollowerState.Stopped;
        if (known == null || progress().transactions() > known.transactions() || !bad && current.since().isBefore(now.minus(SOON))) {
            return Optional.empty();
        }
        return Optional.of(known.since());
    }

    /**
     * Tries that failed one after the other.
     *
     * @param last when the last of them did
     * @param transactions applied when the first did
     */
    private record Trouble(Instant since, Instant last, long transactions) {}

    private void noteTrouble() {
        Trouble known = trouble;
        Instant now = clock.instant();
        long applied = progress().transactions();
        if (known == null || applied > known.transactions() || known.last().isBefore(now.minus(ONE_TROUBLE))) {
            trouble = new Trouble(now, now, applied);
        } else {
            trouble = new Trouble(known.since(), now, known.transactions());
        }
    }

    private void enter(FollowerState next) {
        if (next instanceof FollowerState.Live) {
            trouble = null;
        } else if (next instanceof FollowerState.Waiting || next instanceof FollowerState.Stopped) {
            noteTrouble();
        }
        FollowerState before = state;
        if (next.isSameAs(before)) {
            state = next instanceof FollowerState.Waiting waiting
                    ? new FollowerState.Waiting(before.since(), waiting.cause(), waiting.nextTry())
                    : before;
            return;
        }
        state = next;
        boolean bad = next instanceof FollowerState.Waiting || next instanceof FollowerState.Stopped;
        if (next instanceof FollowerState.Live) {
            stoppedBecause = "";
        }
        boolean known = !stoppedBecause.isEmpty() && !bad; // Once more the way to where it stopped, or past it.
        LOG.atLevel(bad ? Level.WARN : known ? Level.DEBUG : Level.INFO).addKeyValue("follower", name()).addKeyValue("state", next.word())
                .addKeyValue("detail", next.detail()).log("follower state");
    }

    private void await(Exception cause, Duration delay) throws InterruptedException {
        enter(new FollowerState.Waiting(clock.instant(), String.valueOf(cause.getMessage()), clock.instant().plus(delay)));
        Thread.sleep(delay);
    }

    /** @return whether it is to be tried again; false if that needs a start of Millrace */
    private boolean stopAwhile(Exception cause, Optional<Duration> again) throws InterruptedException {
        noteTrouble();
        String said = String.valueOf(cause.getMessage());
        String how = again.isPresent()
                ? "; when that is mended it goes on by itself within " + again.get().toMinutes() + " min"
                : said.contains("start Millrace again") ? "" : "; when that is mended, start Millrace again";
        boolean told = stoppedBecause.equals(said);
        Instant since = told && state instanceof FollowerState.Stopped ? state.since() : clock.instant();
        state = new FollowerState.Stopped(since, said + how);
        stoppedBecause = said;
        LOG.atLevel(told ? Level.DEBUG : Level.ERROR).addKeyValue("follower", name()).addKeyValue("cause", said + how)
                .log("follower stopped: a person must act");
        if (again.isPresent()) {
            Thread.sleep(again.get());
        }
        return again.isPresent();
    }
}
