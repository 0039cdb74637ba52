package io.millrace.replication.seeding;

import io.millrace.leader.LeaderException;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.snapshots.SnapshotProgress;
import io.millrace.replication.snapshots.SnapshotWatcher;
import io.millrace.replication.snapshots.Snapshots;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotTarget;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.time.Clock;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/** A stored snapshot is loaded into the follower, or a new one while it is still being taken. One thread. */
public final class SnapshotSeeding implements Seeding {
    private final Snapshots snapshots;
    private final Supplier<SnapshotTarget> target;
    private final int loaders;
    private final Clock clock;

    /** @param loaders how many connections load the snapshot */
    public SnapshotSeeding(Snapshots snapshots, Supplier<SnapshotTarget> target, int loaders, Clock clock) {
        this.snapshots = snapshots;
        this.target = target;
        this.loaders = loaders;
        this.clock = clock;
    }

    /** The follower keeps note of it, and has no checkpoint before it is over. */
    @Override
    public boolean isUnfinished() {
        return false;
    }

    @Override
    public void seed(RelayLog log, BiConsumer<String, SnapshotProgress> doing)
            throws SnapshotException, LeaderException, RelayLogException, IOException, InterruptedException {
        SnapshotProgress taking = new SnapshotProgress();
        doing.accept("taking a snapshot", taking);
        SnapshotProgress loading = new SnapshotProgress();
        try (SnapshotTarget opened = target.get(); Seeder seeder = new Seeder(snapshots.repository(), opened, taking, loading, loaders)) {
            Manifest manifest = snapshots.obtain(log, taking, clock, opened.loadsEarly() ? seeder : SnapshotWatcher.NONE);
            loading.expect(manifest.bytes());
            doing.accept("loading snapshot " + manifest.id(), loading);
            SnapshotRepository.Use use = snapshots.repository().use(manifest.id());
            try {
                seeder.finish(manifest);
            } finally {
                use.close();
            }
        }
    }
}
