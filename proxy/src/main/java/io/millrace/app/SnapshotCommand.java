package io.millrace.app;

import io.millrace.config.ChannelConfig;
import io.millrace.config.MillraceConfig;
import io.millrace.snapshot.Manifest;
import io.millrace.store.SnapshotRepository;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace snapshot take} and {@code millrace snapshot list}. */
@Command(name = "snapshot", mixinStandardHelpOptions = true, description = "Takes or lists snapshots of a leader.")
final class SnapshotCommand {
    @Command(name = "take", mixinStandardHelpOptions = true, description = {
            "Takes a snapshot now, in the running process if there is one.",
            "Its coordinates are proved; the leader is not locked unless snapshot.lock allows it."})
    int take(@Mixin ConfigOption config, @Option(names = "--channel", description = "Which channel, where there are several.") Optional<String> name)
            throws Exception {
        Optional<MillraceConfig> loaded = config.load();
        if (loaded.isEmpty()) {
            return Main.USAGE;
        }
        ChannelConfig channel = channel(loaded.get(), name);
        Optional<DataDirectory> data = DataDirectory.lock(loaded.get().process().dataDirectory());
        if (data.isEmpty()) {
            return takeInProcess(loaded.get(), channel);
        }
        try (DataDirectory held = data.get(); Assembly.Assembled assembled = new Assembly(held, Clock.systemUTC()).assemble(channel, false)) {
            assembled.channel().startReceiver(); // Nothing is purged: whom it is kept for is not asked.
            Console.out(SnapshotTable.describe(MillraceProcess.takeSnapshot(assembled)).encodePrettily());
            return Main.OK;
        } catch (Exception e) {
            Console.error(String.valueOf(e.getMessage()));
            return Main.FAILED;
        }
    }

    private static int takeInProcess(MillraceConfig config, ChannelConfig channel) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + config.process().httpPort() + "/channels/" + channel.name() + "/snapshots");
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.noBody()).build(),
                    HttpResponse.BodyHandlers.ofString());
            Console.out(answer.body().stripTrailing());
            return answer.statusCode() == 200 ? Main.OK : Main.FAILED;
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the stored snapshots with their coordinates.")
    int list(@Mixin ConfigOption config) throws Exception {
        Optional<MillraceConfig> loaded = config.load();
        if (loaded.isEmpty()) {
            return Main.USAGE;
        }
        for (ChannelConfig channel : loaded.get().channels()) {
            List<Manifest> manifests = new SnapshotRepository(loaded.get().process().dataDirectory().resolve(channel.name()).resolve("snapshots"))
                    .list();
            Console.out("channel " + channel.name());
            Console.out(SnapshotTable.table(manifests));
        }
        return Main.OK;
    }

    private static ChannelConfig channel(MillraceConfig config, Optional<String> name) {
        return config.channels().stream().filter(channel -> name.isEmpty() || channel.name().equals(name.get())).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no such channel in the configuration"));
    }
}
