package io.millrace.app;

import io.millrace.config.ChannelConfig;
import io.millrace.config.FollowerConfig;
import io.millrace.config.MillraceConfig;
import io.millrace.config.value.Secret;
import io.millrace.follower.FollowerException;
import io.millrace.snapshot.SnapshotException;
import io.millrace.follower.jdbc.JdbcFollower;
import io.millrace.follower.jdbc.replica.JdbcReplica;
import io.millrace.follower.jdbc.replica.ReplicaSource;
import io.millrace.leader.LeaderException;
import io.millrace.leader.mysql.MySqlLeader;
import io.millrace.preflight.Finding;
import io.millrace.replication.servers.LeaderFacts;
import io.millrace.replication.servers.ServerFit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code millrace check}. */
@Command(name = "check", mixinStandardHelpOptions = true, description = {
        "Names every missing setting and privilege on the leader and the followers, with the statement that mends it.", "Changes nothing."})
final class CheckCommand implements Callable<Integer> {
    @Mixin
    private ConfigOption config = new ConfigOption();

    @Override
    public Integer call() {
        Optional<MillraceConfig> loaded = config.load();
        if (loaded.isEmpty()) {
            return Main.USAGE;
        }
        boolean fatal = false;
        for (ChannelConfig channel : loaded.get().channels()) {
            fatal |= report("channel " + channel.name() + ", leader " + channel.leader().host() + ":" + channel.leader().port(), leader(channel));
            Optional<LeaderFacts> leader = facts(channel);
            for (FollowerConfig follower : channel.followers()) {
                fatal |= report("channel " + channel.name() + ", follower " + follower.name(), follower(channel, follower, leader));
            }
        }
        return fatal ? Main.FOUND : Main.OK;
    }

    private static boolean report(String where, List<Finding> findings) {
        Console.out(where + ": " + (findings.isEmpty() ? "ok" : ""));
        findings.forEach(finding -> Console.out("  " + finding));
        return findings.stream().anyMatch(Finding::fatal);
    }

    private static List<Finding> leader(ChannelConfig channel) {
        try {
            return new MySqlLeader(channel.leader(), new UUID(0, 0), false).check(channel.snapshot(), !channel.followers().isEmpty());
        } catch (LeaderException e) {
            return List.of(
                    Finding.error(String.valueOf(e.getMessage()),
                            "mend leader.host, leader.port, leader.user, leader.password or leader.tls, then check again"));
        }
    }

    /** Who the leader is; empty where it cannot be asked, which its own check tells. */
    private static Optional<LeaderFacts> facts(ChannelConfig channel) {
        try {
            return Optional.of(LeaderFacts.of(new MySqlLeader(channel.leader(), new UUID(0, 0), false).profile()));
        } catch (LeaderException e) {
            return Optional.empty();
        }
    }

    private static List<Finding> follower(ChannelConfig channel, FollowerConfig follower, Optional<LeaderFacts> leader) {
        try (JdbcFollower adapter = new JdbcFollower(follower, channel.snapshot().users(), List.of());
                JdbcReplica replica = new JdbcReplica(follower, new ReplicaSource("", 0, "", new Secret(""), false))) {
            boolean pull = follower.feed() == FollowerConfig.Feed.PULL;
            List<Finding> findings = new ArrayList<>();
            if (leader.isPresent()) {
                findings.addAll(ServerFit.of(leader.get(), follower.name(), pull, adapter.profile()));
            }
            findings.addAll(adapter.check());
            if (pull) {
                findings.addAll(replica.check());
                if (!channel.snapshot().users()) {
                    findings.add(Finding.warning("The follower " + follower.name() + " is a native replica, which applies account statements too,"
                            + " but snapshots are taken without accounts: such a statement may stop it", "set snapshot.users: true"));
                }
            }
            if (follower.seed() == FollowerConfig.Seed.CLONE) {
                findings.addAll(Assembly.cloneTarget(channel, follower).check());
            }
            return findings;
        } catch (FollowerException | SnapshotException | IllegalArgumentException e) {
            return List.of(Finding.error(String.valueOf(e.getMessage()), "mend host, port, user, password or tls of the follower, then check again"));
        }
    }
}
