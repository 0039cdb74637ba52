package io.millrace.replication;

import io.millrace.leader.Leader;
import io.millrace.leader.LeaderException;
import io.millrace.leader.LeaderProfile;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.servers.LeaderFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is known of a channel's leader: when it was last asked, or, while it is away, before the last start. Any thread. */
final class KnownLeader {
    private static final Logger LOG = LoggerFactory.getLogger(KnownLeader.class);
    private static final long ASK_NANOS = Duration.ofSeconds(30).toNanos();

    private final String channel;
    private final Path relayDirectory;
    private final Leader leader;
    private final LeaderMemory memory;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable LeaderFacts facts;
    /** When it was asked last for a follower's sake. */
    private volatile long askedAt = System.nanoTime();

    KnownLeader(Channel.ChannelPlace place, Leader leader) {
        this.channel = place.name();
        this.relayDirectory = place.relayDirectory();
        this.leader = leader;
        this.memory = new LeaderMemory(place.relayDirectory());
    }

    /** Empty if it was never asked. */
    Optional<LeaderFacts> facts() {
        return Optional.ofNullable(facts);
    }

    void is(LeaderFacts leading) {
        facts = leading;
    }

    /** The leader that was there last; from now on it is what is known. */
    Optional<LeaderFacts> remembered() throws IOException {
        Optional<LeaderFacts> last = memory.last();
        last.ifPresent(this::is);
        return last;
    }

    void remember(LeaderProfile asked) throws RelayLogException {
        LeaderFacts now = LeaderFacts.of(asked);
        lock.lock();
        try {
            memory.save(now);
            facts = now;
        } catch (IOException e) {
            throw new RelayLogException.Storage(relayDirectory, e);
        } finally {
            lock.unlock();
        }
    }

    /**
     * What the leader of a log says of itself, asked now and then.
     *
     * @param last what it said before, which counts while it cannot be asked
     */
    LeaderFacts now(RelayLog log, LeaderFacts last) {
        if (System.nanoTime() - askedAt > ASK_NANOS) {
            askedAt = System.nanoTime();
            try {
                LeaderProfile asked = leader.profile();
                if (asked.identity().equals(log.leader()) && isOf(log)) {
                    remember(asked);
                }
            } catch (LeaderException | RelayLogException e) {
                LOG.atDebug().addKeyValue("channel", channel).addKeyValue("cause", e.getMessage()).log("the leader cannot be asked who it is now");
            }
        }
        return isOf(log) ? facts().orElse(last) : last;
    }

    private boolean isOf(RelayLog log) {
        return facts().filter(known -> known.identity().equals(log.leader())).isPresent();
    }
}
