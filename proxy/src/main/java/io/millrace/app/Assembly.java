package io.millrace.app;

import io.millrace.binlog.GtidSet;
import io.millrace.config.ChannelConfig;
import io.millrace.config.FollowerConfig;
import io.millrace.config.SnapshotConfig;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.jdbc.Jdbc;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.jdbc.JdbcFollower;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.jdbc.JdbcSeedCheckpoint;
import io.millrace.leader.mysql.MySqlLeader;
import io.millrace.replication.Channel;
import io.millrace.replication.FollowerFeed;
import io.millrace.replication.Purger;
import io.millrace.replication.snapshots.Snapshots;
import io.millrace.replication.snapshots.Snapshotter;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotTarget;
import io.millrace.snapshot.mysql.JdbcSnapshotTarget;
import io.millrace.snapshot.mysql.MySqlSnapshotSource;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Puts a channel together from its settings. */
final class Assembly {
    private final DataDirectory data;
    private final Clock clock;

    Assembly(DataDirectory data, Clock clock) {
        this.data = data;
        this.clock = clock;
    }

    /** A channel and what belongs to it. */
    record Assembled(Channel channel, Snapshots snapshots, List<JdbcFollower> followers) implements AutoCloseable {
        @Override
        public void close() {
            channel.close();
            followers.forEach(JdbcFollower::close);
        }
    }

    /** @param withFollowers false for a channel that only receives */
    Assembled assemble(ChannelConfig config, boolean withFollowers) throws IOException {
        MySqlLeader leader = new MySqlLeader(config.leader(), data.replicaUuid(config.name()), config.snapshot().flushBinaryLogs());
        SnapshotRepository repository = new SnapshotRepository(data.snapshots(config.name()));
        Snapshots snapshots = new Snapshots(repository, leader, () -> MySqlSnapshotSource.connect(config.leader(), config.snapshot()),
                settings(config.snapshot()), config.snapshot().maxAge());
        List<FollowerFeed> feeds = new ArrayList<>();
        List<JdbcFollower> followers = new ArrayList<>();
        for (FollowerConfig follower : withFollowers ? config.followers() : List.<FollowerConfig>of()) {
            JdbcFollower adapter = new JdbcFollower(follower, config.snapshot().users());
            followers.add(adapter);
            feeds.add(new FollowerFeed(settings(follower), adapter, () -> target(follower), snapshots, clock));
        }
        Purger purger = new Purger(repository, new Purger.Retention(config.relayLog().keepFor(), config.relayLog().keepSize().bytes(),
                config.snapshot().maxAge()), clock);
        Channel.ChannelPlace place = new Channel.ChannelPlace(config.name(), data.relay(config.name()));
        return new Assembled(new Channel(place, leader, feeds, purger, clock), snapshots, followers);
    }

    private static Snapshotter.Settings settings(SnapshotConfig config) {
        return new Snapshotter.Settings(config.readers(), config.chunkSize().bytes(), config.lock() != SnapshotConfig.Lock.NEVER,
                config.flushBinaryLogs(), config.lock() == SnapshotConfig.Lock.ALL);
    }

    private static FollowerFeed.FollowerSettings settings(FollowerConfig config) {
        return new FollowerFeed.FollowerSettings(config.name(), config.replace(), config.groupTransactions(), config.groupSize().bytes(),
                config.loaders());
    }

    private static SnapshotTarget target(FollowerConfig follower) {
        return new JdbcSnapshotTarget(follower, Jdbc.pool(follower, follower.loaders() + 1),
                new Checkpoints(new JdbcSeedCheckpoint(follower)));
    }

    /** The snapshot's last word to a follower is the follower's first checkpoint; only here do the two meet. */
    private record Checkpoints(JdbcSeedCheckpoint table) implements JdbcSnapshotTarget.SeedCheckpoint {
        @Override
        public void create(Statement statement) throws SQLException {
            table.create(statement);
        }

        @Override
        public boolean firesTriggers(Connection connection) throws SQLException {
            return table.firesTriggers(connection);
        }

        @Override
        public String save(Manifest manifest) {
            return table.save(new Checkpoint(manifest.leader(), manifest.coordinates(), GtidSet.parse(manifest.gtidSet()), manifest.preparedXa()));
        }
    }
}
