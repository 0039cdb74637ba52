package io.millrace.replication.pull;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerProfile;
import io.millrace.follower.Replica;
import io.millrace.follower.ReplicaStatus;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import io.millrace.replication.followers.ApplierProgress;
import io.millrace.replication.followers.Delivery;
import io.millrace.replication.followers.Epoch;
import io.millrace.replication.followers.FollowerState;
import io.millrace.replication.followers.RetryDelay;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The follower is a native replica: it is pointed at us and fetches the changes itself, and we look at how it is. One thread drives it;
 * any may look at its progress.
 */
public final class PullDelivery implements Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(PullDelivery.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    /** What costs the replica or the leader more than a look. */
    private static final int LOOKS_BETWEEN_TRIES = 10;
    private static final int LOOKS_BETWEEN_RARE_TRIES = 300;
    private static final int LOOKS_UNTIL_WELL = 5;
    /** How often it is found to have the same that its leader lacks before that is believed: the leader may still be applying it. */
    private static final int LOOKS_AT_LOST = 3;
    /** How often a receiver is started soon that is refused again although the log has what it asks for. */
    private static final int MOST_STARTS = 3;

    /** A server counts its tries in what it says. */
    private static final Pattern ATTEMPTS = Pattern.compile(
            "( retry-time: \\d+)?( retries: \\d+)|This was attempt \\d+/\\d+, with a delay of \\d+ seconds between attempts\\. ?|, attempt \\d+");

    private final String name;
    private final boolean replace;
    private final Replica replica;
    private final Clock clock;
    private final ApplierProgress progress;
    private final ReplicaReach reach;

    /** @param replace whether it may be seeded again when the log no longer has what it needs */
    public PullDelivery(String name, boolean replace, Replica replica, Clock clock) {
        this.name = name;
        this.replace = replace;
        this.replica = replica;
        this.clock = clock;
        this.progress = new ApplierProgress();
        this.reach = new ReplicaReach(replica);
    }

    @Override
    public ApplierProgress progress() {
        return progress;
    }

    @Override
    public Optional<GtidSet> applied() throws FollowerException {
        return Optional.of(replica.executed()).filter(set -> !set.isEmpty());
    }

    @Override
    public FollowerProfile profile() throws FollowerException {
        return replica.profile();
    }

    @Override
    public boolean replicates() {
        return true;
    }

    @Override
    public boolean isSeeded(Epoch epoch) throws FollowerException, RelayLogException, InterruptedException {
        ReplicaStatus status = replica.status();
        if (!status.source().isEmpty()) {
            return true;
        }
        if (replica.isBeingSeeded()) {
            return false;
        }
        Optional<Checkpoint> seeded = replica.seeded();
        if (seeded.isPresent()) {
            return hasPlace(epoch, seeded.get());
        }
        if (replica.wasAttached()) {
            throw new FollowerException.Rejected("The follower " + name + " was a replica of Millrace until somebody ended that, as whoever makes it"
                    + " a leader does: take it out of the configuration. " + Replica.TO_FOLLOW_AGAIN, null);
        }
        return knowsItsPlace(epoch);
    }

    private boolean hasPlace(Epoch epoch, Checkpoint seeded) throws FollowerException, RelayLogException, InterruptedException {
        try {
            return epoch.place(name, seeded).isPresent();
        } catch (FollowerException.Ahead e) {
            if (!replace) {
                throw e;
            }
            return false;
        }
    }

    /** Whether it was a replica of this leader before, and the log has all that it lacks. */
    private boolean knowsItsPlace(Epoch epoch) throws FollowerException, RelayLogException, InterruptedException {
        GtidSet executed = replica.executed();
        if (executed.isEmpty()) {
            return false;
        }
        RelayLog log = epoch.log();
        List<String> names = Epoch.begunFiles(log, name);
        GtidSet ours = log.gtidsBefore(names.getLast()).orElse(GtidSet.empty());
        GtidSet all = replica.remembered();
        if (executed.minus(executed.minus(ours)).isEmpty() || log.gtidsBefore(names.getFirst()).filter(all::containsAll).isEmpty()) {
            return false;
        }
        GtidSet lost = epoch.awaitLost(name, all);
        if (!lost.isEmpty() && !replace) {
            throw epoch.ahead(name, lost);
        }
        return lost.isEmpty();
    }

    @Override
    public void deliver(Epoch epoch, RetryDelay delay, Consumer<FollowerState> state)
            throws FollowerException, RelayLogException, InterruptedException {
        state.accept(new FollowerState.CatchingUp(clock.instant()));
        ReplicaStatus status = replica.status();
        if (status.ours() || status.ourAccount()) {
            refuseOfAnotherLeader(epoch, status);
        }
        if (!status.ours() || replica.seeded().isPresent()) {
            replica.attach(start(epoch), epoch.log().leader(), epoch.formerLeaders());
            LOG.atInfo().addKeyValue("follower", name).log("the replica was pointed at us");
        } else if (status.receiver().hasGivenUp() && status.applier().running()) { // We were away for long.
            replica.startReceiver();
        }
        Watch watch = new Watch(epoch);
        boolean live = false;
        reach.forget();
        for (int look = 0;; look++) {
            status = replica.status();
            delay.reset();
            if (!status.ours()) {
                throw pointedAway(status);
            }
            watch.look(status, look);
            live = note(epoch.log(), status, live) && watch.compared;
            state.accept(state(status, live, watch.hope));
            Thread.sleep(LOOK);
        }
    }

    /** It was attached before. */
    private void refuseOfAnotherLeader(Epoch epoch, ReplicaStatus status) throws FollowerException {
        String before = replica.attachedTo();
        String now = epoch.log().leader();
        if (status.byPosition() && !before.isEmpty() && !before.equals(now)) {
            String why = "The follower " + name + " asks by file and position, which mean nothing in the log of another leader: it followed " + before
                    + ", and " + now + " leads now";
            if (status.ours()) { // Another Millrace may have a follower of the same name.
                replica.stopReceiver(); // It has come back already, perhaps, and reads what it must not.
            }
            throw replace && status.ours()
                    ? seedAgain(why)
                    : new FollowerException.Rejected(why
                            + ". Allow Millrace to seed it again with replace: true; or point it to where it is in the new log yourself, then DELETE FROM"
                            + " millrace.attached WHERE name = '" + name + "'; on it", null);
        }
    }

    /** What is done for a replica that is not well, as long as it is attached. */
    private final class Watch {
        private final Epoch epoch;
        private boolean noted;
        private boolean told;
        private boolean refused;
        private boolean compared;
        private GtidSet lost = GtidSet.empty();
        private int stillLost;
        private int starts;
        private int well;
        /** What will mend a refusal; empty if nothing will, or nothing need. */
        private String hope = "";

        Watch(Epoch epoch) {
            this.epoch = epoch;
        }

        void look(ReplicaStatus status, int look) throws FollowerException, RelayLogException {
            boolean closely = look % LOOKS_BETWEEN_TRIES == 0;
            boolean rarely = look % LOOKS_BETWEEN_RARE_TRIES == 0;
            if (rarely) {
                noted = noted || note();
            }
            if (closely) {
                compared = compared || isNotAhead();
            }
            if (closely && status.receiver().isDenied() && replica.renewPassword()) { // Ours is made anew where our data folder is.
                LOG.atInfo().addKeyValue("follower", name).log("the replica was given its password again");
            }
            boolean before = refused;
            refused = status.receiver().isRefused();
            well = status.receiver().connected() ? well + 1 : 0;
            if (!refused) {
                starts = well >= LOOKS_UNTIL_WELL ? 0 : starts; // Whoever is refused was connected for a moment, too.
                hope = "";
            } else if (closely || !before) {
                refused(status, rarely);
            }
        }

        private boolean note() throws FollowerException {
            boolean now = replica.noteAttached(epoch.log().leader());
            if (!now && !told) {
                told = true;
                LOG.atWarn().addKeyValue("follower", name)
                        .log("the replica does not let us note that it is ours (read only, locked or not granted): if"
                                + " somebody makes a leader of it, take it out of the configuration first");
            }
            return now;
        }

        /** False if that is not known yet. */
        private boolean isNotAhead() throws FollowerException, RelayLogException {
            GtidSet others = replica.executed(); // Whatever was done on it alone since it was attached is its own affair.
            try {
                GtidSet now = others.isEmpty() ? others : epoch.lost(name, others);
                stillLost = now.equals(lost) ? stillLost + 1 : 0;
                lost = now;
            } catch (FollowerException.Unreachable e) {
                return false;
            }
            if (!lost.isEmpty() && stillLost >= LOOKS_AT_LOST) {
                FollowerException.Ahead ahead = epoch.ahead(name, lost);
                throw replace ? seedAgain(String.valueOf(ahead.getMessage())) : ahead;
            }
            return lost.isEmpty();
        }

        /** A receiver that was refused has stopped, and would stay so. */
        private void refused(ReplicaStatus status, boolean rarely) throws FollowerException, RelayLogException {
            ReplicaPlace place = place(epoch.log(), status);
            boolean given = place == ReplicaPlace.IN_LOG && starts >= MOST_STARTS;
            boolean diverged = given && !status.mariaDbGtids().isEmpty() && status.receiver().message().contains("GTID");
            if (replace && (place == ReplicaPlace.NOT_IN_LOG || diverged)) {
                throw seedAgain(status.receiver().message());
            }
            hope = switch (place) {
                case NOT_IN_LOG -> "";
                case AHEAD_OF_LOG -> "it is started again when the log has come to where the replica is";
                case IN_LOG -> "it is started again now and then";
            };
            if (place == ReplicaPlace.IN_LOG && (!given || rarely)) {
                starts++;
                replica.startReceiver();
            }
        }
    }

    private ReplicaPlace place(RelayLog log, ReplicaStatus status) throws FollowerException, RelayLogException {
        String first = Epoch.begunFiles(log, name).getFirst();
        BinlogCoordinates end = log.end().orElse(BinlogCoordinates.headOf(first));
        if (!status.mariaDbGtids().isEmpty()) {
            return ReplicaPlace.byMariaDbGtids(status.mariaDbGtids(), log.mariaDbGtidsBefore(first).orElse(""), reach.mariaDbGtids(log).before(end));
        }
        GtidSet all = replica.remembered();
        return all.isEmpty() ? ReplicaPlace.byPosition(log, status, first, end) : ReplicaPlace.byGtids(log, all, first, end);
    }

    private FollowerException pointedAway(ReplicaStatus status) {
        String where = status.source().isEmpty() ? "nowhere" : "at " + status.source();
        return new FollowerException.Rejected("The follower " + name + " was pointed " + where
                + " by somebody else: take it out of the configuration. " + Replica.TO_FOLLOW_AGAIN, null);
    }

    /** Its data is replaced the next time that somebody asks whether it is seeded. */
    private FollowerException seedAgain(String cause) throws FollowerException {
        LOG.atWarn().addKeyValue("follower", name).addKeyValue("cause", cause).log("the replica is seeded again");
        replica.detach();
        return new FollowerException.NotSeeded("The follower " + name + " is seeded again: " + cause);
    }

    /** Whether it has, or had since it was attached, everything. */
    private boolean note(RelayLog log, ReplicaStatus status, boolean live) throws FollowerException, RelayLogException {
        Optional<BinlogCoordinates> end = log.end();
        boolean received = end.isPresent() && status.receiver().connected() && status.applier().running()
                && status.received().filter(at -> at.compareTo(end.get()) >= 0).isPresent();
        boolean caughtUp = received && reach.hasAll(log, status, end.get());
        if (caughtUp) {
            progress.reached(end.get());
        } else {
            status.applied().ifPresent(progress::reached);
        }
        // Right after another server has become the leader it is still at work on the log of the former one.
        status.applied().filter(at -> status.leader().equals(log.leader()) && log.fileNames().contains(at.file()))
                .or(() -> caughtUp ? end : Optional.empty()).ifPresent(progress::saved);
        return status.receiver().running() && status.applier().running() && (live || caughtUp);
    }

    private FollowerState state(ReplicaStatus status, boolean live, String hope) {
        if (!status.applier().running()) {
            return stopped(status.applier(), "applier");
        }
        if (!hope.isEmpty()) {
            return new FollowerState.Stopped(clock.instant(),
                    "The receiver of the replica " + name + " was refused: " + status.receiver().message() + "; " + hope);
        }
        if (!status.receiver().running()) {
            return stopped(status.receiver(), "receiver");
        }
        if (!status.receiver().connected()) {
            return new FollowerState.Waiting(clock.instant(),
                    "its receiver connects: " + ATTEMPTS.matcher(status.receiver().message()).replaceAll(""), clock.instant().plus(LOOK));
        }
        return live ? new FollowerState.Live(clock.instant()) : new FollowerState.CatchingUp(clock.instant());
    }

    private FollowerState stopped(ReplicaStatus.Worker worker, String which) {
        String cause = worker.error() == 0 ? "was stopped by somebody" : "stopped: " + worker.message() + " (" + worker.error() + ")";
        return new FollowerState.Stopped(clock.instant(), "The " + which + " of the replica " + name + " " + cause
                + ": mend it there, then START REPLICA; it is watched on");
    }

    private Optional<Replica.ReplicaStart> start(Epoch epoch) throws FollowerException, RelayLogException, InterruptedException {
        Optional<Checkpoint> seeded = replica.seeded();
        if (seeded.isEmpty()) {
            return Optional.empty();
        }
        Checkpoint place = epoch.place(name, seeded.get())
                .orElseThrow(() -> new FollowerException.NotSeeded("The log no longer has what the follower " + name + " was seeded for"));
        GtidSet.Builder prepared = new GtidSet.Builder();
        for (BinlogCoordinates at : place.preparedXa().values()) {
            prepared.add(gtidAt(epoch.log(), at));
        }
        // What was prepared when the snapshot was taken is in no table yet: the replica must be sent it again, to be able to commit it.
        Checkpoint start = new Checkpoint(place.leader(), place.coordinates(), place.gtids().minus(prepared.build()), place.preparedXa());
        return Optional.of(new Replica.ReplicaStart(start, reach.mariaDbGtids(epoch.log()).before(place.coordinates())));
    }

    private Gtid gtidAt(RelayLog log, BinlogCoordinates at) throws FollowerException, RelayLogException {
        try (RelayLogReader reader = log.read(at)) {
            Optional<BinlogEvent> event = reader.poll();
            return event.flatMap(GtidEventReader::read).orElseThrow(() -> new FollowerException.Rejected("The follower " + name
                    + " was seeded while an XA transaction was prepared (" + at + "), which a replica without MySQL's GTIDs cannot go on from:"
                    + " commit it on the leader, take a new snapshot, and seed the follower again", null));
        }
    }
}
