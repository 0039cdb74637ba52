package io.millrace.replication.seeding;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.relay.LoggedGtids;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.snapshots.PreparedTransactions;
import io.millrace.replication.snapshots.SnapshotProgress;
import io.millrace.replication.snapshots.Snapshots;
import io.millrace.snapshot.CloneTarget;
import io.millrace.snapshot.SeededAt;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotSource;
import io.millrace.store.CloneNote;
import io.millrace.store.CloneNotes;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The follower copies the leader's files by itself and restarts on them. Nothing that it held stays, so what is known of a clone while it
 * runs is noted here: after any crash, of the follower or of ours, it goes on, or is begun again. One thread.
 */
public final class CloneSeeding implements Seeding {
    private static final Logger LOG = LoggerFactory.getLogger(CloneSeeding.class);
    private static final int MOST_TRIES = 2;
    private static final Duration LOG_PATIENCE = Duration.ofSeconds(60);

    private final Settings settings;
    private final Snapshots.Opener leader;
    private final CloneTarget target;
    private final CloneNotes notes;

    /**
     * What a follower allows.
     *
     * @param name of the follower
     * @param address its host and port
     * @param replace whether it may hold data that goes
     * @param keepsPrepared whether it commits prepared XA transactions by itself, as a native replica does; else they are applied once more
     */
    public record Settings(String name, String address, boolean replace, boolean keepsPrepared) {}

    public CloneSeeding(Settings settings, Snapshots.Opener leader, CloneTarget target, CloneNotes notes) {
        this.settings = settings;
        this.leader = leader;
        this.target = target;
        this.notes = notes;
    }

    @Override
    public boolean isUnfinished() throws IOException {
        return note().isPresent();
    }

    @Override
    public String awayBecause() throws IOException {
        return isUnfinished()
                ? "The follower " + settings.name() + " is being cloned and does not answer; where nothing looks after it, as systemd does, start it"
                : "";
    }

    private Optional<CloneNote> note() throws IOException {
        return notes.read(settings.name()).filter(note -> note.follower().equals(settings.address()));
    }

    @Override
    public void seed(RelayLog log, BiConsumer<String, SnapshotProgress> doing)
            throws SnapshotException, RelayLogException, IOException, InterruptedException {
        Optional<CloneNote> begun = note();
        Optional<CloneTarget.Run> last = last(begun);
        int tries = begun.filter(note -> !note.refused()).map(CloneNote::tries).orElse(0);
        if (begun.isPresent() && !begun.get().refused() && last.isPresent() && !last.get().begun().equals(begun.get().before())
                && begun.get().leader().equals(log.leader())) {
            CloneTarget.Run run = last.get();
            switch (run.state()) {
                case RUNNING -> throw new SnapshotException.Busy("The follower " + settings.name() + " is being cloned: " + run.progress(), null);
                case COMPLETED -> {
                    if (isFinished(log, begun.get(), run)) {
                        return;
                    }
                    tries++;
                }
                case FAILED ->
                    LOG.atWarn().addKeyValue("follower", settings.name()).addKeyValue("cause", run.error()).log("the clone is begun again");
            }
        }
        begin(log, last.map(CloneTarget.Run::begun).orElse(""), tries, doing);
    }

    /** A copy that cannot be gone on from is made again, a few times, where the follower's data may be replaced. */
    private boolean isFinished(RelayLog log, CloneNote note, CloneTarget.Run run)
            throws SnapshotException, RelayLogException, IOException, InterruptedException {
        try {
            finish(log, note, run);
            return true;
        } catch (SnapshotException.Unproved e) {
            if (!settings.replace() || note.tries() >= MOST_TRIES) {
                notes.write(settings.name(), note.asRefused());
                throw new SnapshotException.Refused(e.getMessage() + "; then start again, with replace: true or an empty follower", e);
            }
            LOG.atWarn().addKeyValue("follower", settings.name()).addKeyValue("cause", e.getMessage()).log("the clone is begun again");
            return false;
        }
    }

    private Optional<CloneTarget.Run> last(Optional<CloneNote> begun) throws SnapshotException, IOException {
        try {
            return target.last();
        } catch (SnapshotException.Unreachable e) {
            if (begun.isEmpty()) {
                throw e;
            }
            throw new SnapshotException.Unreachable(awayBecause() + ": " + e.getMessage(), e);
        }
    }

    private void begin(RelayLog log, String before, int tries, BiConsumer<String, SnapshotProgress> doing)
            throws SnapshotException, IOException, InterruptedException {
        SnapshotSource.Moment since;
        try (SnapshotSource source = leader.open()) {
            PreparedTransactions.awaitEnd(source);
            since = source.now();
        }
        target.prepare(settings.replace());
        notes.write(settings.name(), new CloneNote(settings.address(), log.leader(), since.end(), since.executed().toString(), tries, false, before));
        SnapshotProgress progress = new SnapshotProgress();
        doing.accept("cloning the leader", progress);
        try {
            target.run((done, expected) -> {
                progress.expect(expected);
                progress.copied(0, done - progress.bytes());
            });
        } catch (SnapshotException.Refused | SnapshotException.Busy e) {
            notes.delete(settings.name()); // The follower has said itself that it is over.
            throw e;
        }
        throw new SnapshotException.Unreachable("The follower " + settings.name() + " holds the leader's data now and restarts;"
                + " where nothing looks after it, as systemd does, start it", null);
    }

    private void finish(RelayLog log, CloneNote note, CloneTarget.Run run)
            throws SnapshotException, RelayLogException, IOException, InterruptedException {
        BinlogCoordinates coordinates = run.coordinates().orElseThrow(() -> new SnapshotException.Unproved("The follower " + settings.name()
                + " was cloned without coordinates of the leader's log"));
        if (!log.awaitEnd(coordinates, LOG_PATIENCE)) {
            throw new SnapshotException.Unreachable("The relay log did not reach " + coordinates + " within " + LOG_PATIENCE.toSeconds()
                    + " s, where the follower " + settings.name() + " was cloned; it stands at " + log.end(), null);
        }
        requireSameLeader(log, coordinates, note, run);
        Map<String, BinlogCoordinates> prepared = PreparedTransactions.at(log, note.since(), coordinates);
        SeededAt seeded = new SeededAt(log.leader(), coordinates, run.gtidSet(), settings.keepsPrepared() ? Map.of() : prepared);
        target.finish(seeded, settings.keepsPrepared());
        notes.delete(settings.name());
        LOG.atInfo().addKeyValue("follower", settings.name()).addKeyValue("coordinates", coordinates).addKeyValue("progress", run.progress())
                .log("the follower was cloned");
    }

    /**
     * Whom the follower reached under the leader's name only its GTIDs can tell: it must lack nothing that the log has before the coordinates,
     * and have nothing that the leader has not. More than the log has does no harm, since that is left out when it is applied.
     */
    private void requireSameLeader(RelayLog log, BinlogCoordinates coordinates, CloneNote note, CloneTarget.Run run)
            throws SnapshotException, RelayLogException {
        GtidSet cloned = GtidSet.parse(run.gtidSet());
        GtidSet logged = LoggedGtids.before(log, coordinates);
        if (!cloned.containsAll(logged) || !logged.union(GtidSet.parse(note.executed())).containsAll(cloned)) {
            throw new SnapshotException.Unproved("The follower " + settings.name() + " was cloned with the GTIDs " + cloned
                    + ", and the leader's log has " + logged + " before " + coordinates + ": let leader.host and leader.port name the leader on the"
                    + " follower's machine too, and no other server");
        }
    }
}
