package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.leader.LeaderException;
import io.millrace.relay.LoggedGtids;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The time of one leader: its relay log, in a directory of its own. Followers come over from the epoch before by their GTIDs.
 * Immutable; any thread.
 *
 * @param leader says what the leader has executed when it is wanted: one that has just begun to lead may still be applying what it received
 */
public record Epoch(RelayLog log, Executed leader) {
    private static final int LEADER_TRIES = 20;
    private static final Duration LEADER_PAUSE = Duration.ofSeconds(1);
    private static final int HEAD_TRIES = 60;
    private static final Duration HEAD_PAUSE = Duration.ofSeconds(1);

    /** Asks the leader for every GTID that it has executed; an empty set where it has none. */
    public interface Executed {
        GtidSet now() throws LeaderException;

        /** What it has received as a replica, executed or not. */
        default GtidSet received() throws LeaderException {
            return GtidSet.empty();
        }
    }

    /**
     * Where a follower goes on in this epoch's log.
     *
     * @return the checkpoint itself, or one of the same transactions in this log; empty if the log does not reach back as far
     * @throws FollowerException.Ahead if the follower has what this leader lacks
     */
    public Optional<Checkpoint> place(String follower, Checkpoint saved) throws FollowerException, RelayLogException, InterruptedException {
        if (saved.leader().equals(log.leader())) {
            return placeInSame(follower, saved);
        }
        if (saved.gtids().isEmpty() || !saved.preparedXa().isEmpty() || executed(follower).isEmpty()) {
            return Optional.empty();
        }
        GtidSet lost = awaitAll(saved.gtids(), follower);
        if (!lost.isEmpty()) {
            throw new FollowerException.Ahead("The follower " + follower + " has applied transactions of the former leader " + saved.leader()
                    + " that the leader " + log.leader() + " does not have (" + lost + "): bring them back to the leader, or seed the follower again"
                    + " with replace: true");
        }
        awaitHead(follower);
        List<String> names = log.fileNames();
        for (int i = names.size() - 1; i >= 0; i--) {
            if (log.gtidsBefore(names.get(i)).filter(saved.gtids()::containsAll).isPresent()) {
                return Optional.of(new Checkpoint(log.leader(), BinlogCoordinates.headOf(names.get(i)), saved.gtids(), Map.of()));
            }
        }
        return Optional.empty();
    }

    /** Whose logs are kept beside this one. */
    public Set<String> formerLeaders() throws RelayLogException {
        Path beside = log.path("..").normalize();
        try (Stream<Path> epochs = Files.list(beside)) {
            return epochs.filter(Files::isDirectory).map(epoch -> String.valueOf(epoch.getFileName())).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new RelayLogException.Storage(beside, e);
        }
    }

    /** What the leader lacks of these even when it was given time to apply them: as long as they become fewer, and then some. */
    private GtidSet awaitAll(GtidSet wanted, String follower) throws FollowerException, RelayLogException, InterruptedException {
        GtidSet lost = lacks(wanted, executed(follower));
        for (int still = 0; still < LEADER_TRIES && !lost.isEmpty();) {
            Thread.sleep(LEADER_PAUSE);
            GtidSet now = lacks(wanted, executed(follower));
            still = now.equals(lost) ? still + 1 : 0;
            lost = now;
        }
        if (!lost.isEmpty() && received(follower).containsAll(lost)) {
            throw new FollowerException.Unreachable("The leader " + log.leader() + " has received, but not applied yet, what the follower " + follower
                    + " has (" + lost + "): it is waited for; START REPLICA SQL_THREAD there if it stands still", null);
        }
        return lost;
    }

    /** What is in its log it will have executed, too. */
    private GtidSet lacks(GtidSet wanted, GtidSet executed) throws RelayLogException {
        GtidSet lost = wanted.minus(executed);
        Optional<BinlogCoordinates> end = log.end();
        return lost.isEmpty() || end.isEmpty() ? lost : lost.minus(LoggedGtids.before(log, end.get()));
    }

    private GtidSet executed(String follower) throws FollowerException {
        try {
            return leader.now();
        } catch (LeaderException e) {
            throw new FollowerException.Unreachable("The leader cannot be asked whether it has all that the follower " + follower + " has: "
                    + e.getMessage(), e);
        }
    }

    private GtidSet received(String follower) throws FollowerException {
        try {
            return leader.received();
        } catch (LeaderException e) {
            throw new FollowerException.Unreachable("The leader cannot be asked what it has received of what the follower " + follower + " has: "
                    + e.getMessage(), e);
        }
    }

    /**
     * What a follower has and this leader lacks at this moment; of servers that the leader has nothing of it may have what it likes.
     *
     * @param has its GTIDs
     * @throws FollowerException.Unreachable if the leader cannot be asked now
     */
    public GtidSet lost(String follower, GtidSet has) throws FollowerException, RelayLogException {
        GtidSet executed = executed(follower);
        return lacks(has.of(executed.servers()), executed);
    }

    /** The same, but of a leader that was given the time to apply what it had received. */
    public GtidSet awaitLost(String follower, GtidSet has) throws FollowerException, RelayLogException, InterruptedException {
        return awaitAll(has.of(executed(follower).servers()), follower);
    }

    /** Says that a follower has what this leader lacks. */
    public FollowerException.Ahead ahead(String follower, GtidSet lost) {
        return new FollowerException.Ahead("The follower " + follower + " has transactions that the leader " + log.leader() + " does not have ("
                + lost + "): bring them back to the leader, or seed the follower again with replace: true");
    }

    /** Where the log was emptied, or another Millrace has fed the follower, the checkpoint is still to come; or the leader is not what it was. */
    private Optional<Checkpoint> placeInSame(String follower, Checkpoint saved) throws FollowerException, RelayLogException {
        List<String> begun = begunFiles(log, follower);
        BinlogCoordinates at = saved.coordinates();
        BinlogCoordinates received = log.end().orElse(BinlogCoordinates.headOf(begun.getFirst()));
        if (at.compareTo(received) > 0) {
            throw new FollowerException.Unreachable("The follower " + follower + " has applied up to " + at + ", and the relay log has come to "
                    + received
                    + " only: it goes on when the rest has been received. If the leader was restored or its log was reset it never will: empty the"
                    + " follower then (where replace: true, DROP DATABASE millrace is enough), to have it seeded again", null);
        }
        if (begun.contains(at.file()) && !log.hasEventAt(at)) {
            throw new FollowerException.Ahead(
                    "The follower " + follower + " has applied up to " + at + ", where the log of the leader " + log.leader()
                            + " has no event: the leader was restored or its log was reset; seed the follower again with replace: true");
        }
        return Optional.of(saved).filter(checkpoint -> begun.contains(checkpoint.oldest().file()));
    }

    /**
     * The files of a log that has some.
     *
     * @throws FollowerException.Unreachable if nothing has come from the leader yet: nobody can tell what the log will have
     */
    public static List<String> begunFiles(RelayLog log, String follower) throws FollowerException {
        List<String> names = log.fileNames();
        if (names.isEmpty()) {
            throw new FollowerException.Unreachable("The relay log is empty until the leader sends its first event, so it cannot be told where the"
                    + " follower " + follower + " goes on", null);
        }
        return names;
    }

    /** A log that has just begun does not know its first GTIDs yet. */
    private void awaitHead(String follower) throws FollowerException, RelayLogException, InterruptedException {
        for (int i = 0; i < HEAD_TRIES && !knowsHead(); i++) {
            log.awaitGrowth(HEAD_PAUSE);
        }
        if (!knowsHead()) {
            throw new FollowerException.Unreachable(
                    "Nothing has come from the leader " + log.leader() + " yet, so it cannot be told where the follower "
                            + follower + " goes on in its log",
                    null);
        }
    }

    private boolean knowsHead() throws RelayLogException {
        List<String> names = log.fileNames();
        return !names.isEmpty() && log.gtidsBefore(names.getFirst()).isPresent();
    }
}
