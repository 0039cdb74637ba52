package io.millrace.replication.followers;

import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.Follower;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerProfile;
import io.millrace.follower.FollowerSession;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.workers.BacklogApplier;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Millrace applies the changes itself. One thread drives it; any may look at its progress. */
public final class PushDelivery implements Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(PushDelivery.class);

    private final String name;
    private final Limits limits;
    private final Follower follower;
    private final Clock clock;
    private final ApplierProgress progress;

    /**
     * What a follower allows.
     *
     * @param replace whether it may be seeded again when the log no longer has what it needs
     * @param apply how much goes into one transaction, and how many sessions apply
     */
    public record Limits(boolean replace, BacklogApplier.Settings apply) {}

    public PushDelivery(String name, Limits limits, Follower follower, Clock clock) {
        this.name = name;
        this.limits = limits;
        this.follower = follower;
        this.clock = clock;
        this.progress = new ApplierProgress();
    }

    @Override
    public ApplierProgress progress() {
        return progress;
    }

    @Override
    public Optional<GtidSet> applied() throws FollowerException {
        return follower.checkpoint().map(Checkpoint::gtids);
    }

    @Override
    public FollowerProfile profile() throws FollowerException {
        return follower.profile();
    }

    @Override
    public boolean replicates() {
        return false;
    }

    @Override
    public boolean isSeeded(Epoch epoch) throws FollowerException, RelayLogException, InterruptedException {
        Optional<Checkpoint> saved = follower.checkpoint();
        if (saved.isEmpty()) {
            return false;
        }
        try {
            if (epoch.place(name, saved.get()).isPresent()) {
                return true;
            }
        } catch (FollowerException.Ahead e) {
            if (!limits.replace()) {
                throw e;
            }
        }
        if (!limits.replace()) {
            throw missing(epoch, saved.get());
        }
        return false;
    }

    private static RelayLogException.Missing missing(Epoch epoch, Checkpoint saved) {
        return new RelayLogException.Missing(saved.oldest(), epoch.log().fileNames().stream().findFirst().orElse("nothing"));
    }

    @Override
    public void deliver(Epoch epoch, RetryDelay delay, Consumer<FollowerState> state)
            throws FollowerException, RelayLogException, InterruptedException {
        try (FollowerSession session = follower.drive()) {
            state.accept(new FollowerState.CatchingUp(clock.instant()));
            Checkpoint start = epoch.place(name, session.start()).orElseThrow(() -> missing(epoch, session.start()));
            if (!start.leader().equals(session.start().leader())) {
                session.save(start);
            }
            LOG.atInfo().addKeyValue("follower", name).addKeyValue("coordinates", start.coordinates()).log("applying");
            try (Applier applier = new Applier(epoch.log(), session, start, limits.apply(), progress)) {
                applier.run(() -> {
                    delay.reset();
                    state.accept(new FollowerState.Live(clock.instant()));
                });
            }
        }
    }
}
