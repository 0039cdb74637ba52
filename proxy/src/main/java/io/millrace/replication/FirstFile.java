package io.millrace.replication;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.follower.FollowerException;
import io.millrace.leader.Leader;
import io.millrace.leader.LeaderException;
import io.millrace.leader.LeaderProfile;
import io.millrace.relay.LoggedGtids;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.followers.FollowerFeed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the leader's file with which a relay log begins. One thread. */
final class FirstFile {
    private static final Logger LOG = LoggerFactory.getLogger(FirstFile.class);

    private final Leader leader;
    private final List<FollowerFeed> feeds;
    private final Map<String, GtidSet> had = new HashMap<>();
    private Optional<GtidSet> least = Optional.empty();
    private Optional<GtidSet> served = Optional.empty();

    FirstFile(Leader leader, List<FollowerFeed> feeds) {
        this.leader = leader;
        this.feeds = List.copyOf(feeds);
    }

    /** Another log ends: those who read it, among them replicas that somebody has pointed at us, come back for what they had not got of it. */
    void noteReaders(RelayLog log, Audience audience) {
        Optional<BinlogCoordinates> least = audience.readers().stream().flatMap(reader -> reader.sentTo().stream())
                .filter(at -> log.fileNames().contains(at.file())).min(BinlogCoordinates::compareTo);
        try {
            served = least.isEmpty() ? Optional.empty() : Optional.of(LoggedGtids.before(log, least.get()));
        } catch (RelayLogException e) {
            served = Optional.empty();
            LOG.atWarn().addKeyValue("cause", e.getMessage()).log("what replicas had of the log of the former leader is not known");
        }
    }

    /** Another server leads than the one whose log there is: every follower has at least what was before that. */
    void changed(RelayLog former) {
        try {
            List<String> names = former.fileNames();
            least = names.isEmpty() ? Optional.empty() : Optional.of(former.gtidsBefore(names.getFirst()).orElse(GtidSet.empty()));
        } catch (RelayLogException e) {
            least = Optional.of(GtidSet.empty());
            LOG.atWarn().addKeyValue("cause", e.getMessage()).log("what was before the log of the former leader is not known");
        }
    }

    /** What followers had of the log that ends, for when they do not answer. */
    void noteFollowers(RelayLog log) {
        for (FollowerFeed feed : feeds) {
            Optional<BinlogCoordinates> needed = feed.progress().needed().filter(at -> log.fileNames().contains(at.file()));
            try {
                if (needed.isPresent()) {
                    had.put(feed.name(), LoggedGtids.before(log, needed.get()));
                }
            } catch (RelayLogException e) {
                LOG.atWarn().addKeyValue("follower", feed.name()).addKeyValue("cause", e.getMessage())
                        .log("what it had of the log of the former leader is not known");
            }
        }
    }

    /** The newest file that begins before everything that somebody still lacks; for new followers alone, the last. */
    String of(LeaderProfile profile) throws LeaderException {
        List<GtidSet> applied = profile.executed().isEmpty() ? List.of() : applied();
        if (!applied.isEmpty()) {
            List<Leader.BinlogFile> files = leader.files();
            if (applied.stream().anyMatch(GtidSet::isEmpty) && !files.isEmpty()) {
                return files.getFirst().name();
            }
            for (int i = files.size() - 1; i >= 0; i--) {
                Optional<GtidSet> before = leader.gtidsBefore(files.get(i).name());
                if (before.isPresent() && applied.stream().allMatch(set -> set.containsAll(before.get()))) {
                    return files.get(i).name();
                }
            }
        }
        return feeds.isEmpty() ? profile.end().file() : leader.fileToBegin(profile.end());
    }

    /** A follower that cannot be asked now is asked again when it is back; it may then have to be seeded anew. */
    private List<GtidSet> applied() {
        List<GtidSet> applied = new ArrayList<>(served.stream().toList());
        for (FollowerFeed feed : feeds) {
            try {
                feed.applied().filter(set -> !set.isEmpty()).ifPresent(applied::add);
            } catch (FollowerException e) {
                LOG.atWarn().addKeyValue("follower", feed.name()).addKeyValue("cause", e.getMessage()).log("its place in the log is not known");
                // It will come back for what it had not got of the former log.
                Optional.ofNullable(had.get(feed.name())).or(() -> least).ifPresent(applied::add);
            }
        }
        return applied;
    }
}
