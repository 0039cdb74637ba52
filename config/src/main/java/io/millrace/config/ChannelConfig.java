package io.millrace.config;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** One leader with its relay log, snapshots and followers. */
public record ChannelConfig(
        @Setting("A short name of 1 to 48 letters, digits, `-` and `_`; it names the channel's folder, and the channel in log lines and status.") String name,
        @Setting("The server that is replicated.") LeaderConfig leader,
        @Setting(value = "The durable copy of the leader's binlog.", orElse = "{}") RelayLogConfig relayLog,
        @Setting(value = "How snapshots of the leader are taken and kept.", orElse = "{}") SnapshotConfig snapshot,
        @Setting(value = "The port on which native replicas read the relay log; without it nothing is served.", orElse = "null") Optional<ServeConfig> serve,
        @Setting(value = "The servers that are seeded, caught up and kept live.", orElse = "[]") List<FollowerConfig> followers)
        implements
            Checked {

    private static final Set<String> WILDCARDS = Set.of("0.0.0.0", "::", "*");
    private static final String NAME = "[A-Za-z0-9_-]{1,48}";

    public ChannelConfig {
        followers = List.copyOf(followers);
    }

    @Override
    public void check(Consumer<String> problems) {
        if (!name.matches(NAME)) {
            problems.accept("name must be 1 to 48 letters, digits, - or _, was \"" + name + "\"");
        }
        Set<String> names = new HashSet<>();
        for (FollowerConfig follower : followers) {
            checkFollower(follower, names, problems);
        }
    }

    /** A native replica keeps the address that it was given. */
    private static void checkAddress(FollowerConfig follower, ServeConfig serve, Consumer<String> problems) {
        if (serve.port() == 0) {
            problems.accept("serve.port must not be 0, since \"" + follower.name() + "\" is to find it there after a restart too (feed: pull)");
        }
        if (serve.advertisedHost().isPresent()) {
            return;
        }
        String host = serve.host();
        if (WILDCARDS.contains(host)) {
            problems.accept("serve.advertisedHost must say how \"" + follower.name() + "\" reaches this machine (feed: pull)");
        } else if (isLoopback(host) && !isLoopback(follower.host())) {
            problems.accept("serve.advertisedHost must say by which address \"" + follower.name() + "\" on " + follower.host()
                    + " reaches this machine (feed: pull), was " + host);
        }
    }

    private static boolean isLoopback(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.equals("localhost") || lower.equals("::1") || lower.startsWith("127.");
    }

    private void checkFollower(FollowerConfig follower, Set<String> names, Consumer<String> problems) {
        if (!follower.name().matches(NAME)) {
            problems.accept("followers.name must be 1 to 48 letters, digits, - or _, was \"" + follower.name() + "\"");
        }
        if (!names.add(follower.name())) {
            problems.accept("followers.name must differ between followers, \"" + follower.name() + "\" stands twice");
        }
        if (follower.feed() == FollowerConfig.Feed.PULL && serve.isEmpty()) {
            problems.accept("followers.feed of \"" + follower.name() + "\" is pull, which needs the channel's serve");
        }
        if (follower.feed() == FollowerConfig.Feed.PULL && serve.isPresent()) {
            checkAddress(follower, serve.get(), problems);
        }
        if (follower.seed() == FollowerConfig.Seed.CLONE && !snapshot.schemas().isEmpty()) {
            problems.accept("followers.seed of \"" + follower.name() + "\" is clone, which copies the whole leader: leave snapshot.schemas out");
        }
        if (follower.host().equals(leader.host()) && follower.port() == leader.port()) {
            problems.accept("followers.host and port of \"" + follower.name() + "\" must not be those of the leader");
        }
    }
}
