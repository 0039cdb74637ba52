package io.millrace.serve;

import java.util.OptionalLong;
import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.Channel;
import io.millrace.replication.servers.LeaderFacts;
import io.millrace.serve.dump.LeaderIdentity;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A channel as its clients see it: the leader's name and its log. Any thread. */
final class ServedChannel {
    private static final long PATIENCE_SECONDS = 5;
    private final Channel channel;
    private volatile @Nullable ServedLog served;

    ServedChannel(Channel channel) {
        this.channel = channel;
    }

    Channel channel() {
        return channel;
    }

    /** Whether there is a log to serve, of a leader that is known, and in it something. */
    boolean isReady() {
        return channel.leader().isPresent() && log().flatMap(known -> known.log().end()).isPresent();
    }

    LeaderFacts leader() {
        return channel.leader().orElseThrow();
    }

    /** The current log; empty before the leader is known. */
    Optional<ServedLog> log() {
        Optional<RelayLog> current = channel.relayLog();
        ServedLog known = served;
        if (current.isPresent() && (known == null || known.log() != current.get())) {
            known = new ServedLog(current.get());
            served = known;
        }
        return Optional.ofNullable(known);
    }

    LeaderIdentity identity() {
        LeaderFacts facts = leader();
        long serverId = Long.parseLong(facts.variables().getOrDefault("server_id", "0"));
        return new LeaderIdentity(serverId, UUID.fromString(facts.identity()), facts.mariaDb(), facts.gtids());
    }

    /** The leader's version as its greeting gives it. */
    String greetingVersion() {
        String version = leader().version();
        return leader().mariaDb() && version.startsWith("10.") ? "5.5.5-" + version : version;
    }

    BinlogCoordinates end() {
        return log().flatMap(known -> known.log().end()).orElseThrow();
    }

    /** Whether the leader may have more than the log: it is away, or the log is still coming. */
    boolean isBehind() {
        OptionalLong seconds = channel.receiver().secondsBehind();
        return seconds.isEmpty() || seconds.getAsLong() > PATIENCE_SECONDS; // Clocks differ.
    }

    GtidSet executed() {
        try {
            return log().orElseThrow().executed();
        } catch (RelayLogException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
