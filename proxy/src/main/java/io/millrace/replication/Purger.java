package io.millrace.replication;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotException;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes what nobody needs: old relay log files and old snapshots. It asks first: followers, whoever reads a snapshot, and the newest snapshot. One thread. */
public final class Purger {
    private static final Logger LOG = LoggerFactory.getLogger(Purger.class);

    private final SnapshotRepository repository;
    private final Retention retention;
    private final Clock clock;
    /** Whether it was said that the log is kept from becoming smaller. */
    private boolean tellsHeld;
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    /**
     * What is kept.
     *
     * @param keepFor how long a file stays after its last event
     * @param keepBytes above this the oldest files go even before their time
     * @param snapshotAge how long a snapshot may seed followers; the newest stays
     */
    public record Retention(Duration keepFor, long keepBytes, Duration snapshotAge) {}

    public Purger(SnapshotRepository repository, Retention retention, Clock clock) {
        this.repository = repository;
        this.retention = retention;
        this.clock = clock;
    }

    /**
     * Purges once.
     *
     * @param followers what each follower still needs of the log; empty for one that is not known yet, which keeps every file
     */
    public void purge(RelayLog log, List<Optional<BinlogCoordinates>> followers) throws RelayLogException, SnapshotException, IOException {
        List<Manifest> snapshots = repository.heads(this::tellOnce);
        Instant oldest = clock.instant().minus(retention.snapshotAge());
        for (Manifest snapshot : snapshots.subList(Math.min(1, snapshots.size()), snapshots.size())) {
            if (snapshot.takenAt().isBefore(oldest) && !repository.isUsed(snapshot.id())) {
                repository.delete(snapshot);
                LOG.atInfo().addKeyValue("snapshot", snapshot.id()).log("snapshot purged");
            }
        }
        repository.deleteUnfinished(oldest);
        purgeFiles(log, firstNeeded(log, followers));
    }

    /** A snapshot that cannot be read seeds nobody, and must not keep the log for ever. */
    private void tellOnce(SnapshotException unreadable) {
        if (told.add(String.valueOf(unreadable.getMessage()))) {
            LOG.atWarn().addKeyValue("cause", unreadable.getMessage()).log("a snapshot is passed over");
        }
    }

    /** The number of the first file that somebody may still ask for; 0 where that is not known. */
    private long firstNeeded(RelayLog log, List<Optional<BinlogCoordinates>> followers) throws SnapshotException {
        if (followers.stream().anyMatch(Optional::isEmpty)) {
            return 0;
        }
        Instant oldest = clock.instant().minus(retention.snapshotAge());
        List<BinlogCoordinates> needed = new ArrayList<>(followers.stream().flatMap(Optional::stream).toList());
        needed.addAll(repository.neededLog());
        repository.heads(this::tellOnce).stream().filter(
                snapshot -> snapshot.leader().equals(log.leader()) && (snapshot.takenAt().isAfter(oldest) || repository.isUsed(snapshot.id())))
                .forEach(snapshot -> needed.add(snapshot.oldest()));
        return needed.stream().mapToLong(BinlogCoordinates::fileNumber).min().orElse(Long.MAX_VALUE);
    }

    /**
     * Purges every file before one, whatever their age, up to the first that is needed.
     *
     * @param followers as for {@link #purge}
     * @return the first file that had to stay; empty if all went
     */
    public Optional<String> purgeTo(RelayLog log, List<Optional<BinlogCoordinates>> followers, String file)
            throws RelayLogException, SnapshotException {
        long needed = firstNeeded(log, followers);
        for (String name : log.fileNames()) {
            if (BinlogCoordinates.numberOf(name) >= BinlogCoordinates.numberOf(file)) {
                return Optional.empty();
            }
            if (BinlogCoordinates.numberOf(name) >= needed) {
                return Optional.of(name);
            }
            log.purge(name);
            LOG.atInfo().addKeyValue("file", name).log("relay log file purged as asked");
        }
        return Optional.empty();
    }

    /** The logs of former leaders stay as long as other files do: until then the old leader may come back. */
    public void purgeEpochs(Path relayDirectory, RelayLog current) throws IOException {
        Instant oldest = clock.instant().minus(retention.keepFor());
        try (Stream<Path> epochs = Files.list(relayDirectory)) {
            for (Path epoch : epochs.filter(Files::isDirectory).filter(found -> !found.endsWith(current.leader())).toList()) {
                if (newest(epoch).isBefore(oldest)) {
                    delete(epoch);
                    Files.deleteIfExists(LeaderMemory.fileOf(epoch));
                    LOG.atInfo().addKeyValue("epoch", epoch.getFileName()).log("relay log of a former leader purged");
                }
            }
        }
    }

    private static Instant newest(Path epoch) throws IOException {
        try (Stream<Path> files = Files.walk(epoch)) {
            return files.map(file -> Instant.ofEpochMilli(file.toFile().lastModified())).max(Comparator.naturalOrder()).orElse(Instant.EPOCH);
        }
    }

    private static void delete(Path epoch) throws IOException {
        try (Stream<Path> files = Files.walk(epoch)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private boolean isOld(RelayLog log, String file) throws RelayLogException {
        return log.newest(file).isBefore(clock.instant().minus(retention.keepFor()));
    }

    private void purgeFiles(RelayLog log, long firstNeeded) throws RelayLogException {
        List<String> names = log.fileNames();
        long total = names.stream().mapToLong(name -> log.path(name).toFile().length()).sum();
        boolean held = total > retention.keepBytes() && names.size() > 1 && BinlogCoordinates.numberOf(names.getFirst()) >= firstNeeded;
        if (held && !tellsHeld) {
            LOG.atWarn().addKeyValue("file", names.getFirst()).addKeyValue("bytes", total)
                    .log("the relay log is larger than keepSize, since a follower,"
                            + " replica or snapshot still needs its oldest file: look for one that is stopped or away in `millrace status`");
        }
        tellsHeld = held;
        for (String name : names.subList(0, Math.max(0, names.size() - 1))) {
            long size = log.path(name).toFile().length();
            if (BinlogCoordinates.numberOf(name) >= firstNeeded || total <= retention.keepBytes() && !isOld(log, name)) {
                return;
            }
            log.purge(name);
            total -= size;
            LOG.atInfo().addKeyValue("file", name).log("relay log file purged");
        }
    }
}
