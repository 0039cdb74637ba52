package io.millrace.app;

import io.millrace.binlog.GtidSet;
import io.millrace.config.ChannelConfig;
import io.millrace.config.FollowerConfig;
import io.millrace.config.LeaderConfig;
import io.millrace.config.value.Secret;
import io.millrace.config.ServeConfig;
import io.millrace.config.SnapshotConfig;
import io.millrace.connection.AnswerReceiver;
import io.millrace.connection.Endpoint;
import io.millrace.connection.ServerConnection;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.jdbc.Jdbc;
import io.millrace.follower.jdbc.JdbcFollower;
import io.millrace.follower.jdbc.JdbcSeedCheckpoint;
import io.millrace.follower.jdbc.replica.JdbcReplica;
import io.millrace.follower.jdbc.replica.ReplicaSource;
import io.millrace.leader.mysql.MySqlLeader;
import io.millrace.replication.workers.BacklogApplier;
import io.millrace.replication.Channel;
import io.millrace.replication.followers.Delivery;
import io.millrace.replication.followers.FollowerFeed;
import io.millrace.replication.pull.PullDelivery;
import io.millrace.replication.Purger;
import io.millrace.replication.followers.PushDelivery;
import io.millrace.replication.seeding.CloneSeeding;
import io.millrace.replication.seeding.Seeding;
import io.millrace.replication.seeding.SnapshotSeeding;
import io.millrace.replication.snapshots.Snapshots;
import io.millrace.replication.snapshots.ReaderCount;
import io.millrace.replication.snapshots.Snapshotter;
import io.millrace.serve.LeaderQueries;
import io.millrace.serve.ReplicationServer;
import io.millrace.serve.login.Account;
import io.millrace.snapshot.CloneTarget;
import io.millrace.snapshot.SeededAt;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotTarget;
import io.millrace.snapshot.mysql.load.JdbcCloneTarget;
import io.millrace.snapshot.mysql.load.JdbcSnapshotTarget;
import io.millrace.snapshot.mysql.MySqlSnapshotSource;
import io.millrace.snapshot.mysql.load.SeedCheckpoint;
import io.millrace.store.CloneNotes;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Puts a channel together from its settings. */
final class Assembly {
    private static final int LONGEST_USER = 32;

    private final DataDirectory data;
    private final Clock clock;

    Assembly(DataDirectory data, Clock clock) {
        this.data = data;
        this.clock = clock;
    }

    /** A channel and what belongs to it. */
    record Assembled(Channel channel, Snapshots snapshots, List<Runnable> closers) implements AutoCloseable {
        @Override
        public void close() {
            channel.close();
            closers.forEach(Runnable::run);
        }
    }

    /** @param withFollowers false for a channel that only receives */
    Assembled assemble(ChannelConfig config, boolean withFollowers) throws IOException {
        MySqlLeader leader = new MySqlLeader(config.leader(), data.replicaUuid(config.name()), config.snapshot().flushBinaryLogs());
        SnapshotRepository repository = new SnapshotRepository(data.snapshots(config.name()));
        Snapshots snapshots = new Snapshots(repository, leader, () -> MySqlSnapshotSource.connect(config.leader(), config.snapshot()),
                settings(config.snapshot()), config.snapshot().maxAge());
        List<FollowerFeed> feeds = new ArrayList<>();
        List<Runnable> closers = new ArrayList<>();
        for (FollowerConfig follower : withFollowers ? config.followers() : List.<FollowerConfig>of()) {
            Delivery delivery = delivery(config, follower, closers);
            feeds.add(new FollowerFeed(follower.name(), delivery, seeding(config, follower, snapshots), clock));
        }
        Purger purger = new Purger(repository, new Purger.Retention(config.relayLog().keepFor(), config.relayLog().keepSize().bytes(),
                config.snapshot().maxAge()), clock);
        Channel.ChannelPlace place = new Channel.ChannelPlace(config.name(), data.relay(config.name()));
        return new Assembled(new Channel(place, leader, feeds, purger, clock), snapshots, closers);
    }

    private static Snapshotter.Settings settings(SnapshotConfig config) {
        return new Snapshotter.Settings(
                new ReaderCount.Bounds(config.leastReaders(), config.readers(), config.busyThreads()), config.chunkSize().bytes(),
                config.lock() != SnapshotConfig.Lock.NEVER,
                config.flushBinaryLogs(), config.lock() == SnapshotConfig.Lock.ALL, new Manifest.Scope(config.schemas(), config.users()));
    }

    private Delivery delivery(ChannelConfig channel, FollowerConfig follower, List<Runnable> closers) throws IOException {
        if (follower.feed() == FollowerConfig.Feed.PUSH) {
            JdbcFollower adapter = new JdbcFollower(follower, channel.snapshot().users(), channel.snapshot().schemas());
            closers.add(adapter::close);
            PushDelivery.Limits limits = new PushDelivery.Limits(follower.replace(),
                    new BacklogApplier.Settings(follower.workers(), follower.commitOrder() == FollowerConfig.CommitOrder.RELAXED,
                            follower.groupTransactions(), follower.groupSize().bytes()));
            return new PushDelivery(follower.name(), limits, adapter, clock);
        }
        JdbcReplica adapter = new JdbcReplica(follower, source(channel, follower));
        closers.add(adapter::close);
        return new PullDelivery(follower.name(), follower.replace(), adapter, clock);
    }

    private ReplicaSource source(ChannelConfig channel, FollowerConfig follower) throws IOException {
        ServeConfig serve = channel.serve().orElseThrow();
        return new ReplicaSource(serve.advertisedHost().orElse(serve.host()), serve.port(), replicaUser(follower),
                data.replicaPassword(channel.name(), follower.name()), serve.certificate().isPresent());
    }

    /** What a channel's port gives out. */
    ReplicationServer.Served served(ChannelConfig config, Assembled assembled) throws IOException {
        return new ReplicationServer.Served(assembled.channel(), replicaAccounts(config),
                (account, collation, multiStatements) -> queries(config.leader(), account, collation, multiStatements));
    }

    private static LeaderQueries.Connection queries(LeaderConfig leader, Account.AtLeader account, int collation, boolean multiStatements)
            throws IOException {
        ServerConnection connection = ServerConnection
                .open(new Endpoint(leader.host(), leader.port(), account.user(), account.password(), leader.tls(), leader.connectTimeout(),
                        Optional.empty()));
        try {
            connection.setNames(collation);
            if (multiStatements) {
                connection.allowMultiStatements();
            }
        } catch (IOException e) {
            connection.close();
            throw e;
        }
        return new LeaderQueries.Connection() {
            @Override
            public void run(ByteBuffer command, LeaderQueries.Answer answer) throws IOException {
                connection.relay(command, new AnswerReceiver() {
                    @Override
                    public void frame(int length) throws IOException {
                        answer.frame(length);
                    }

                    @Override
                    public void part(ByteBuffer bytes) throws IOException {
                        answer.part(bytes);
                    }
                });
            }

            @Override
            public long id() {
                return connection.connectionId();
            }

            @Override
            public void close() {
                connection.close();
            }
        };
    }

    /** Every account under which followers replicate from us, with its password. */
    private Map<String, Secret> replicaAccounts(ChannelConfig channel) throws IOException {
        Map<String, Secret> accounts = new TreeMap<>();
        for (FollowerConfig follower : channel.followers()) {
            if (follower.feed() == FollowerConfig.Feed.PULL) {
                accounts.put(replicaUser(follower), data.replicaPassword(channel.name(), follower.name()));
            }
        }
        return accounts;
    }

    /** 32 characters are what MySQL and MariaDB allow. */
    private static String replicaUser(FollowerConfig follower) {
        String user = "millrace-" + follower.name();
        return user.length() <= LONGEST_USER
                ? user
                : user.substring(0, LONGEST_USER - 9) + "-" + String.format(Locale.ROOT, "%08x", follower.name().hashCode());
    }

    private Seeding seeding(ChannelConfig channel, FollowerConfig follower, Snapshots snapshots) throws IOException {
        return switch (follower.seed()) {
            case SNAPSHOT -> new SnapshotSeeding(snapshots, () -> target(follower), follower.loaders(), clock);
            case CLONE -> new CloneSeeding(
                    new CloneSeeding.Settings(follower.name(), follower.host() + ":" + follower.port(), follower.replace(),
                            follower.feed() == FollowerConfig.Feed.PULL),
                    () -> MySqlSnapshotSource.connect(channel.leader(), channel.snapshot()), cloneTarget(channel, follower),
                    new CloneNotes(data.clones(channel.name())));
        };
    }

    static CloneTarget cloneTarget(ChannelConfig channel, FollowerConfig follower) {
        FollowerConfig loaded = loaded(follower);
        return new JdbcCloneTarget(loaded, channel.leader(), () -> Jdbc.connect(loaded), new Checkpoints(new JdbcSeedCheckpoint(loaded)));
    }

    /** A native replica's own binlog must not tell of its seeding. */
    private static FollowerConfig loaded(FollowerConfig follower) {
        return follower.feed() == FollowerConfig.Feed.PULL ? follower.withoutBinlog() : follower;
    }

    private static SnapshotTarget target(FollowerConfig follower) {
        FollowerConfig loaded = loaded(follower);
        return new JdbcSnapshotTarget(loaded, Jdbc.pool(loaded, loaded.loaders() + 1), new Checkpoints(new JdbcSeedCheckpoint(loaded)));
    }

    /** Seeding's last word to a follower is the follower's first checkpoint; only here do the two meet. */
    private record Checkpoints(JdbcSeedCheckpoint table) implements SeedCheckpoint {
        @Override
        public Set<String> fedAs(Connection connection) throws SQLException {
            return table.fedAs(connection);
        }

        @Override
        public void create(Statement statement) throws SQLException {
            table.create(statement);
        }

        @Override
        public GtidSet laterGtids(Connection connection, SeededAt seeded) throws SQLException {
            return table.laterGtids(connection, seeded.leader(), GtidSet.parse(seeded.gtidSet()));
        }

        @Override
        public void forgetGtids(Connection connection) throws SQLException {
            table.forgetGtids(connection);
        }

        @Override
        public String forgetting() {
            return table.forgetting();
        }

        @Override
        public boolean firesTriggers(Connection connection) throws SQLException {
            return table.firesTriggers(connection);
        }

        @Override
        public String save(SeededAt seeded) {
            return table.save(new Checkpoint(seeded.leader(), seeded.coordinates(), GtidSet.parse(seeded.gtidSet()), seeded.preparedXa()));
        }
    }
}
