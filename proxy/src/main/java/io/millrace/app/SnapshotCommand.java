package io.millrace.app;

import io.millrace.config.ChannelConfig;
import io.millrace.config.MillraceConfig;
import io.millrace.snapshot.Manifest;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace snapshot take} and {@code millrace snapshot list}. */
@Command(name = "snapshot", mixinStandardHelpOptions = true, description = "Takes or lists snapshots of a leader.")
final class SnapshotCommand {
    @Command(name = "take", mixinStandardHelpOptions = true, description = {
            "Takes a snapshot now, in the running process if there is one.",
            "Its coordinates are proved. No rows are locked but as snapshot.lock allows (by default tables without keys or transactions, if need be); DDL"
                    + " waits until the copy is over where BACKUP_ADMIN is granted."})
    int take(@Mixin ConfigOption config, @Option(names = "--channel", description = "Which channel, where there are several.") Optional<String> name)
            throws Exception {
        Optional<MillraceConfig> known = config.loadWithoutSecrets();
        if (known.isEmpty()) {
            return Main.USAGE;
        }
        Optional<ChannelConfig> channel = channel(known.get(), name);
        if (channel.isEmpty()) {
            return Main.USAGE;
        }
        Optional<DataDirectory> data = DataDirectory.lock(known.get().process().dataDirectory());
        return data.isEmpty() ? takeInProcess(known.get(), channel.get().name()) : takeHere(data.get(), config, name);
    }

    private static int takeHere(DataDirectory data, ConfigOption config, Optional<String> name) throws IOException {
        try (data) {
            Optional<MillraceConfig> loaded = config.load();
            if (loaded.isEmpty()) {
                return Main.USAGE;
            }
            ChannelConfig channel = channel(loaded.get(), name).orElseThrow();
            try (Assembly.Assembled assembled = new Assembly(data, Clock.systemUTC()).assemble(channel, false)) {
                assembled.channel().startReceiver(); // Nothing is purged: whom it is kept for is not asked.
                Console.out(SnapshotTable.describe(MillraceProcess.takeSnapshot(assembled)).encodePrettily());
                return Main.OK;
            } catch (Exception e) {
                Console.error(String.valueOf(e.getMessage()));
                return Main.FAILED;
            }
        }
    }

    private static int takeInProcess(MillraceConfig config, String channel) throws IOException, InterruptedException {
        RunningProcess.Answer answer = RunningProcess.of(config.process()).post("/channels/" + channel + "/snapshots");
        Console.out(answer.body().stripTrailing());
        return answer.status() == RunningProcess.GOOD ? Main.OK : Main.FAILED;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the stored snapshots with their coordinates.")
    int list(@Mixin ConfigOption config) throws Exception {
        Optional<MillraceConfig> loaded = config.loadWithoutSecrets();
        if (loaded.isEmpty()) {
            return Main.USAGE;
        }
        for (ChannelConfig channel : loaded.get().channels()) {
            Path directory = loaded.get().process().dataDirectory().resolve(channel.name()).resolve("snapshots");
            List<Manifest> manifests = Files.notExists(directory) ? List.of() : new SnapshotRepository(directory).list();
            Console.out("channel " + channel.name());
            Console.out(SnapshotTable.table(manifests));
        }
        return Main.OK;
    }

    /** Empty after it was said why. */
    private static Optional<ChannelConfig> channel(MillraceConfig config, Optional<String> name) {
        List<ChannelConfig> found = config.channels().stream().filter(channel -> name.isEmpty() || channel.name().equals(name.get())).toList();
        if (found.size() != 1) {
            Console.error("--channel must name one of " + config.channels().stream().map(ChannelConfig::name).collect(Collectors.joining(", ")));
            return Optional.empty();
        }
        return Optional.of(found.getFirst());
    }
}
