package io.millrace.replication;

import io.millrace.replication.servers.LeaderFacts;
import io.millrace.binlog.BinlogCoordinates;
import io.millrace.leader.Leader;
import io.millrace.leader.LeaderException;
import io.millrace.leader.LeaderProfile;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.followers.Epoch;
import io.millrace.replication.followers.FollowerFeed;
import io.millrace.replication.followers.RetryDelay;
import io.millrace.snapshot.SnapshotException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** One leader with its relay log and followers, while it runs. {@link #start} and {@link #close} from one thread; any may look. */
public final class Channel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);
    private static final Duration PURGE_PAUSE = Duration.ofSeconds(30);
    private static final Duration TELL_AGAIN = Duration.ofMinutes(10);
    private static final Duration SOON = Duration.ofMinutes(1);
    /** Whoever tries a password more often may be locked out for it. */
    private static final Duration LATER = Duration.ofMinutes(5);

    private final String name;
    private final Path relayDirectory;
    private final Leader leader;
    private final List<FollowerFeed> feeds;
    private final Purger purger;
    private final Clock clock;
    private final ReceiverProgress progress;
    private final ChannelThreads threads;
    private final List<Thread> purging = new ArrayList<>();
    private final List<Thread> feeding = new ArrayList<>();
    private final List<Thread> receiving = new ArrayList<>();
    private volatile @Nullable Epoch epoch;
    /** The file that was written when they were asked last; only the purger's thread uses it. */
    private String factsOf = "";
    /** The log of the leader that was there last, until that or another one is reached. */
    private volatile @Nullable RelayLog remembered;
    private final KnownLeader known;
    /** Only the receiver's thread uses it. */
    private final FirstFile firstFile;
    private volatile String stopped = "";
    /** What was logged last of a connection that failed, and when; only the receiver's thread uses them. */
    private String toldOf = "";
    private Instant toldAt = Instant.EPOCH;
    /** The receiver was told to end and has not yet; guarded by {@link #receiving}. */
    private boolean ending;
    private volatile Audience audience = Audience.none();

    /**
     * What a channel is called and where it keeps its log.
     *
     * @param relayDirectory holds a directory for each leader, by its identity
     */
    public record ChannelPlace(String name, Path relayDirectory) {}

    public Channel(ChannelPlace place, Leader leader, List<FollowerFeed> feeds, Purger purger, Clock clock) {
        this.name = place.name();
        this.relayDirectory = place.relayDirectory();
        this.leader = leader;
        this.feeds = List.copyOf(feeds);
        this.purger = purger;
        this.clock = clock;
        this.progress = new ReceiverProgress(clock);
        this.known = new KnownLeader(place, leader);
        this.firstFile = new FirstFile(leader, feeds);
        this.threads = new ChannelThreads(name, this::failed);
    }

    public String name() {
        return name;
    }

    public List<FollowerFeed> followers() {
        return feeds;
    }

    public ReceiverProgress receiver() {
        return progress;
    }

    /** The relay log, once the leader's identity is known, or that of the leader that was there last. */
    public Optional<RelayLog> relayLog() {
        return Optional.ofNullable(epoch).map(Epoch::log).or(() -> Optional.ofNullable(remembered));
    }

    /** Who the leader was when it was last asked; empty if it never was. */
    public Optional<LeaderFacts> leader() {
        return known.facts();
    }

    /** Why the receiver needs a person; empty as long as it does not. */
    public String stoppedBecause() {
        return progress.isWell() ? "" : stopped;
    }

    /** Begins to receive and to feed. */
    public void start() {
        startReceiver();
        threads.run(purging, "purger-" + name, this::purgeNowAndThen);
    }

    /** Receives again, also after a failure for which a person had to act; does nothing while it is receiving. Any thread. */
    public void startReceiver() {
        synchronized (receiving) {
            receiving.removeIf(thread -> !thread.isAlive());
            if (!stoppedBecause().isEmpty()) {
                threads.end(receiving); // It waits until the cause may be gone.
                ending = true;
            }
            if (receiving.isEmpty() || ending) {
                List<Thread> before = List.copyOf(receiving);
                ending = false;
                stopped = "";
                threads.run(receiving, "receiver-" + name, () -> {
                    for (Thread thread : before) {
                        thread.join(); // Two must not write.
                    }
                    receive();
                });
            }
        }
    }

    /** Receives no more until it is started again; what was received is served and applied on. Any thread. */
    public void stopReceiver() {
        synchronized (receiving) {
            threads.end(receiving);
            ending = !receiving.isEmpty();
            stopped = "stopped by STOP REPLICA: START REPLICA goes on";
            progress.disconnected(stopped);
        }
    }

    private void failed(String why) {
        stopped = why;
        progress.disconnected(why);
    }

    /** What a leader that is away has left can be served at once. */
    private void openRemembered() {
        try {
            Optional<LeaderFacts> last = known.remembered();
            if (last.isPresent()) {
                remembered = RelayLog.open(relayDirectory.resolve(last.get().identity()));
            }
        } catch (IOException | RelayLogException e) {
            LOG.atWarn().addKeyValue("channel", name).addKeyValue("cause", e.getMessage()).log("the log of the last leader is not served yet");
        }
    }

    private void receive() throws InterruptedException {
        if (relayLog().isEmpty()) {
            openRemembered();
        }
        RetryDelay delay = new RetryDelay(RandomGenerator.getDefault());
        while (true) {
            try {
                receiveOnce();
            } catch (LeaderException e) {
                forgetStop(!isForPerson(e));
                progress.disconnected(String.valueOf(e.getMessage()));
                feedRemembered();
                if (isForPerson(e)) {
                    if (!stopAwhile(e)) {
                        return;
                    }
                    continue;
                }
            } catch (RelayLogException e) {
                forgetStop(true);
                progress.disconnected(String.valueOf(e.getMessage()));
            }
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
            if (progress.hasWorked()) {
                delay.reset();
            }
            Duration wait = delay.next();
            boolean told = progress.cause().equals(toldOf) && clock.instant().isBefore(toldAt.plus(TELL_AGAIN));
            if (!told) {
                toldOf = progress.cause();
                toldAt = clock.instant();
            }
            LOG.atLevel(told ? Level.DEBUG : Level.WARN).addKeyValue("channel", name).addKeyValue("cause", progress.cause())
                    .addKeyValue("retry_ms", wait.toMillis()).log("the log is not received");
            Thread.sleep(wait);
        }
    }

    /** What it was stopped for is mended where it went well since, or fails of something else now. */
    private void forgetStop(boolean another) {
        if (progress.isWell() || another && !Thread.currentThread().isInterrupted()) {
            stopped = "";
        }
    }

    /**
     * Waits until the cause may be gone, or a person has mended it.
     *
     * @return false if only a person may begin again
     */
    private boolean stopAwhile(LeaderException failure) throws InterruptedException {
        Epoch current = epoch;
        Path log = current == null ? relayDirectory : relayDirectory.resolve(current.log().leader());
        String cause = failure.getMessage() + Remedy.of(failure, relayDirectory, log);
        LOG.atLevel(cause.equals(stopped) ? Level.DEBUG : Level.ERROR).addKeyValue("channel", name).addKeyValue("cause", cause)
                .log("receiver stopped: a person must act");
        stopped = cause;
        switch (failure) {
            case LeaderException.AccessDenied e -> Thread.sleep(LATER);
            case LeaderException.Unsupported e -> Thread.sleep(SOON);
            case LeaderException.Purged e -> awaitOther(current);
            case LeaderException.Diverged e -> awaitOther(current);
            default -> {
                return false; // Another client of our server id would be thrown out.
            }
        }
        return true;
    }

    /** Until another server leads: in the log of this one there is nothing to go on with. */
    private void awaitOther(@Nullable Epoch current) throws InterruptedException {
        while (true) {
            Thread.sleep(SOON);
            try {
                if (current == null || !leader.profile().identity().equals(current.log().leader())) {
                    return;
                }
            } catch (LeaderException e) {
                LOG.atDebug().addKeyValue("channel", name).addKeyValue("cause", e.getMessage()).log("the leader cannot be asked who it is");
            }
        }
    }

    private static boolean isForPerson(LeaderException failure) {
        return switch (failure) {
            case LeaderException.Unreachable e -> false;
            case LeaderException.AccessDenied e -> true;
            case LeaderException.Purged e -> true;
            case LeaderException.ServerIdTaken e -> true;
            case LeaderException.Diverged e -> true;
            case LeaderException.Unsupported e -> true;
        };
    }

    private void receiveOnce() throws LeaderException, RelayLogException {
        LeaderProfile asked = leader.profile();
        Epoch before = epoch;
        Epoch current = before != null && before.log().leader().equals(asked.identity()) ? before : begin(asked, before);
        known.remember(asked);
        RelayLog log = current.log();
        BinlogCoordinates start = log.end().isPresent() ? log.end().get() : BinlogCoordinates.headOf(firstFile.of(asked));
        LOG.atInfo().addKeyValue("channel", name).addKeyValue("leader", asked.identity()).addKeyValue("version", asked.version())
                .addKeyValue("coordinates", start).log("receiving");
        new Receiver(leader, log, progress).receive(start);
    }

    /** Another server leads: its log gets a directory of its own, and the followers go over to it. */
    private Epoch begin(LeaderProfile profile, @Nullable Epoch before) throws RelayLogException {
        RelayLog kept = remembered;
        boolean same = kept != null && kept.leader().equals(profile.identity());
        RelayLog opened = kept != null && same ? kept : RelayLog.open(relayDirectory.resolve(profile.identity()));
        if (before != null || kept != null && !same) {
            firstFile.changed(before != null ? before.log() : Objects.requireNonNull(kept));
        }
        if (before != null) {
            LOG.atWarn().addKeyValue("channel", name).addKeyValue("leader", profile.identity()).addKeyValue("before", before.log().leader())
                    .log("another server leads now: a new epoch begins");
            threads.end(feeding);
            if (!profile.executed().isEmpty()) {
                firstFile.noteReaders(before.log(), audience);
                firstFile.noteFollowers(before.log());
            }
            feeds.forEach(feed -> feed.progress().forget());
        }
        LeaderFacts leading = LeaderFacts.of(profile);
        known.is(leading); // Who connects from now on is told of the leader whose log it gets.
        Epoch begun = feed(opened, leading);
        remembered = null; // It is this one, or another leader's, which may be purged before that leads again.
        if (before != null || kept != null && !same) {
            audience.newEpoch();
        }
        return begun;
    }

    /** What a leader that is away has left is applied, too: a follower that is behind has most of it before somebody wants to promote it. */
    private void feedRemembered() {
        RelayLog kept = remembered;
        LeaderFacts last = known.facts().orElse(null);
        if (epoch == null && kept != null && last != null && kept.end().isPresent()) {
            feed(kept, last);
            LOG.atWarn().addKeyValue("channel", name).addKeyValue("leader", kept.leader())
                    .log("followers are fed from the log of the leader that is away");
        }
    }

    private Epoch feed(RelayLog opened, LeaderFacts leading) {
        Epoch begun = new Epoch(opened, new AskedLeader(leader, opened.leader()));
        epoch = begun;
        for (FollowerFeed feed : feeds) {
            threads.run(feeding, "follower-" + feed.name(),
                    () -> feed.run(begun, () -> known.now(opened, leading), new RetryDelay(RandomGenerator.getDefault())));
        }
        return begun;
    }

    private List<Optional<BinlogCoordinates>> needed() {
        List<Optional<BinlogCoordinates>> needed = new ArrayList<>(feeds.stream().map(feed -> feed.progress().needed()).toList());
        audience.readers().forEach(reader -> reader.sentTo().ifPresent(coordinates -> needed.add(Optional.of(coordinates))));
        return needed;
    }

    /** Says who reads the log beside the followers that we feed; what they are at is not purged. */
    public void serves(Audience readers) {
        audience = readers;
    }

    /** Who reads the log beside the followers that we feed. */
    public Audience audience() {
        return audience;
    }

    /**
     * Purges every file before one, up to the first that is needed.
     *
     * @return the first file that had to stay; empty if all went
     */
    public Optional<String> purgeTo(String file) throws RelayLogException, SnapshotException {
        Optional<RelayLog> log = relayLog();
        return log.isEmpty() ? Optional.empty() : purger.purgeTo(log.get(), needed(), file);
    }

    private void purgeNowAndThen() throws InterruptedException {
        while (true) {
            Thread.sleep(PURGE_PAUSE);
            Epoch current = epoch;
            if (current == null) {
                continue;
            }
            try {
                purger.purge(current.log(), needed());
                purger.purgeEpochs(relayDirectory, current.log());
                refreshFacts(current.log());
            } catch (RelayLogException | SnapshotException | LeaderException | IOException e) {
                LOG.atWarn().addKeyValue("channel", name).addKeyValue("cause", e.getMessage()).log("purge failed; it is tried again");
            } catch (RuntimeException e) {
                LOG.atError().addKeyValue("channel", name).setCause(e).log("unexpected failure in the purge, which goes on: please report it");
            }
        }
    }

    /** A leader begins a new file when its GTIDs are switched on or off, which replicas must be told. */
    private void refreshFacts(RelayLog log) throws LeaderException, RelayLogException {
        String file = log.end().map(BinlogCoordinates::file).orElse("");
        if (file.equals(factsOf) || !progress.isConnected()) {
            return;
        }
        LeaderProfile asked = leader.profile();
        Epoch current = epoch;
        if (current != null && current.log() == log && asked.identity().equals(log.leader())) {
            known.remember(asked);
            factsOf = file;
        }
    }

    /** Stops at transaction boundaries: what is open on a follower is rolled back there. */
    @Override
    public void close() {
        threads.end(receiving);
        threads.end(purging);
        threads.end(feeding);
    }
}
