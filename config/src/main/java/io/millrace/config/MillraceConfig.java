package io.millrace.config;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/** The whole file: what the process needs, and the channels it serves. */
public record MillraceConfig(
        @Setting(value = "What belongs to the process and not to one channel.", orElse = "{}") ProcessConfig process,
        @Setting("The channels of this process: one leader each, with its relay log, snapshots and followers.") List<ChannelConfig> channels)
        implements
            Checked {

    public MillraceConfig {
        channels = List.copyOf(channels);
    }

    @Override
    public void check(Consumer<String> problems) {
        if (channels.isEmpty()) {
            problems.accept("channels must hold at least one channel");
        }
        Set<String> names = new HashSet<>();
        Set<String> servers = new HashSet<>();
        for (ChannelConfig channel : channels) {
            for (FollowerConfig follower : channel.followers()) {
                if (!servers.add(follower.host().toLowerCase(Locale.ROOT) + ":" + follower.port())) {
                    problems.accept("followers.host and port must differ between all followers, since seeding one replaces all that its server"
                            + " holds; those of \"" + follower.name() + "\" stand twice");
                }
            }
            if (!names.add(channel.name())) {
                problems.accept("channels.name must differ between channels, \"" + channel.name() + "\" stands twice");
            }
        }
    }
}
