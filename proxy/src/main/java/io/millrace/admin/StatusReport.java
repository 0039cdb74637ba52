package io.millrace.admin;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.replication.Audience;
import io.millrace.replication.Channel;
import io.millrace.replication.followers.FollowerFeed;
import io.millrace.replication.followers.FollowerLag;
import io.millrace.replication.followers.FollowerState;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import io.millrace.replication.ReceiverProgress;
import java.util.ArrayList;
import java.time.Instant;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The state of every channel as JSON; the form that {@code millrace status} prints. */
public final class StatusReport {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private StatusReport() {
    }

    public static JsonObject of(List<Channel> channels) {
        JsonArray all = new JsonArray();
        channels.forEach(channel -> all.add(channel(channel)));
        return new JsonObject().put("schemaVersion", 1).put("channels", all);
    }

    /** What a person should look at now: what is stopped, and what has waited for a minute. */
    public static List<String> problems(List<Channel> channels, Instant now) {
        List<String> problems = new ArrayList<>();
        for (Channel channel : channels) {
            ReceiverProgress receiver = channel.receiver();
            if (!channel.stoppedBecause().isEmpty()) {
                problems.add("channel " + channel.name() + ": the receiver is stopped: " + channel.stoppedBecause());
            } else {
                receiver.troubledSince().filter(since -> since.isBefore(now.minus(PATIENCE))).ifPresent(since -> problems
                        .add("channel " + channel.name() + ": nothing has come from the leader since " + since + ": " + receiver.cause()));
            }
            for (FollowerFeed feed : channel.followers()) {
                FollowerState state = feed.state();
                Optional<Instant> troubled = feed.troubledSince(now).filter(since -> since.isBefore(now.minus(PATIENCE)));
                if (troubled.isPresent() || state instanceof FollowerState.Stopped) {
                    problems.add("channel " + channel.name() + ", follower " + feed.name() + ": " + state.word() + ", not well since "
                            + troubled.orElse(state.since()) + ": " + state.detail());
                }
            }
        }
        return problems;
    }

    private static JsonObject channel(Channel channel) {
        JsonArray followers = new JsonArray();
        channel.followers().forEach(feed -> followers.add(follower(channel, feed)));
        JsonObject receiver = new JsonObject().put("connected", channel.receiver().isConnected()).put("since", channel.receiver().since().toString())
                .put("cause", channel.receiver().cause()).put("stopped", channel.stoppedBecause())
                .put("lagSeconds", known(channel.receiver().secondsBehind()));
        channel.relayLog().flatMap(log -> log.end()).map(BinlogCoordinates::toString).ifPresent(end -> receiver.put("durable", end));
        channel.receiver().acknowledged().map(BinlogCoordinates::toString).ifPresent(end -> receiver.put("acknowledged", end));
        channel.relayLog().ifPresent(log -> receiver.put("leader", log.leader()).put("files", log.fileNames().size()));
        JsonArray replicas = new JsonArray();
        channel.audience().readers().forEach(reader -> replicas.add(replica(channel, reader)));
        return new JsonObject().put("name", channel.name()).put("receiver", receiver).put("followers", followers).put("replicas", replicas);
    }

    private static JsonObject replica(Channel channel, Audience.Reader reader) {
        JsonObject report = new JsonObject().put("user", reader.user()).put("peer", reader.peer()).put("serverId", reader.serverId()).put("managed",
                reader.managed());
        reader.sentTo().ifPresent(sent -> report.put("sentTo", sent.toString()).put("lagBytes",
                channel.relayLog().map(log -> log.bytesAfter(sent)).orElse(0L)));
        reader.acknowledged().ifPresent(acknowledged -> report.put("acknowledged", acknowledged.toString()));
        return report;
    }

    private static @Nullable Long known(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    /** What is null is not known. */
    private static JsonObject follower(Channel channel, FollowerFeed feed) {
        FollowerState state = feed.state();
        Optional<FollowerLag> lag = channel.relayLog().flatMap(log -> FollowerLag.of(log, feed.progress(), Clock.systemUTC()));
        JsonObject report = new JsonObject().put("name", feed.name()).put("state", state.word()).put("since", state.since().toString())
                .put("detail", state.detail()).put("lagSeconds", lag.map(FollowerLag::seconds).orElse(null))
                .put("lagBytes", lag.map(FollowerLag::bytes).orElse(null))
                .put("transactions", feed.progress().transactions());
        feed.progress().applied().ifPresent(applied -> report.put("applied", applied.toString()));
        return report;
    }
}
