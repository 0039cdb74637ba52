package io.millrace.replication.snapshots;

import io.millrace.binlog.GtidSet;
import io.millrace.leader.Leader;
import io.millrace.leader.LeaderException;
import io.millrace.leader.LeaderProfile;
import io.millrace.relay.LoggedGtids;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotSource;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The snapshots of one channel: the newest that still serves, or a new one. Any thread; only one snapshot is taken at a time. */
public final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

    private final SnapshotRepository repository;
    private final Leader leader;
    private final Opener opener;
    private final Snapshotter.Settings settings;
    private final Duration maxAge;
    private final ReentrantLock taking = new ReentrantLock();

    /** Connects to the leader as something to copy. */
    public interface Opener {
        SnapshotSource open() throws SnapshotException;
    }

    public Snapshots(SnapshotRepository repository, Leader leader, Opener opener, Snapshotter.Settings settings, Duration maxAge) {
        this.repository = repository;
        this.leader = leader;
        this.opener = opener;
        this.settings = settings;
        this.maxAge = maxAge;
    }

    public SnapshotRepository repository() {
        return repository;
    }

    /**
     * The newest snapshot that is young enough, holds what is copied now, and whose coordinates the relay log still has; a new one where there
     * is none.
     *
     * @param watcher is told of a new one while it is taken
     */
    public Manifest obtain(RelayLog log, SnapshotProgress progress, Clock clock, SnapshotWatcher watcher)
            throws SnapshotException, LeaderException, RelayLogException, IOException, InterruptedException {
        taking.lockInterruptibly();
        try {
            Optional<Manifest> newest = repository.newest();
            if (newest.isPresent() && serves(newest.get(), log) && newest.get().takenAt().plus(maxAge).isAfter(clock.instant())) {
                return newest.get();
            }
            return takeNow(log, progress, clock, watcher);
        } finally {
            taking.unlock();
        }
    }

    /** A leader that was restored, or whose log was reset, has other transactions at the same coordinates. */
    private boolean serves(Manifest manifest, RelayLog log) throws RelayLogException {
        return manifest.leader().equals(log.leader()) && settings.scope().equals(manifest.scope())
                && log.fileNames().contains(manifest.oldest().file()) && log.hasEventAt(manifest.coordinates())
                && (manifest.gtidSet().isEmpty() || GtidSet.parse(manifest.gtidSet()).equals(LoggedGtids.before(log, manifest.coordinates())));
    }

    /** Takes a new snapshot whatever there is. */
    public Manifest take(RelayLog log, SnapshotProgress progress, Clock clock)
            throws SnapshotException, LeaderException, RelayLogException, IOException, InterruptedException {
        taking.lockInterruptibly();
        try {
            return takeNow(log, progress, clock, SnapshotWatcher.NONE);
        } finally {
            taking.unlock();
        }
    }

    private Manifest takeNow(RelayLog log, SnapshotProgress progress, Clock clock, SnapshotWatcher watcher)
            throws SnapshotException, LeaderException, RelayLogException, IOException, InterruptedException {
        LeaderProfile profile = leader.profile();
        try (SnapshotSource source = opener.open()) {
            Manifest taken = new Snapshotter(log, repository, settings, clock, watcher).take(source, profile, progress);
            LOG.atInfo().addKeyValue("snapshot", taken.id()).addKeyValue("coordinates", taken.coordinates()).addKeyValue("rows", taken.rows())
                    .addKeyValue("bytes", taken.bytes()).log("snapshot taken");
            return taken;
        }
    }
}
