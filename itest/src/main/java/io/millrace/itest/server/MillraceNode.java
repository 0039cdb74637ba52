package io.millrace.itest.server;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Millrace as a process of its own, with its configuration file and data in a temporary folder. One thread. */
public final class MillraceNode implements AutoCloseable {
    /** The system property of the folder in which nodes keep their data; otherwise it is where the servers keep theirs. */
    public static final String PARENT = "millrace.nodes";
    /** One for all: a client of its own for each look would cost more than what is looked at. */
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String LEADER = "leader.";
    private static final String CHANNEL = "main";
    private static final Duration ENDING = Duration.ofSeconds(30);

    private final Path folder;
    private final int httpPort;
    private final List<String> javaOptions;
    private Optional<Path> leaves = Optional.empty();
    private int servePort;
    private @Nullable Process process;

    /**
     * A follower as the configuration names it.
     *
     * @param extra further settings, one line each, such as {@code apply: sql}
     */
    public record FollowerEntry(String name, int port, List<String> extra) {
        public FollowerEntry {
            extra = List.copyOf(extra);
        }

        public static FollowerEntry of(String name, DatabaseServer server, String... extra) {
            return new FollowerEntry(name, server.port(), List.of(extra));
        }
    }

    /** Writes the configuration; {@link #start} runs it. */
    public MillraceNode(int leaderPort, List<String> channelSettings, List<FollowerEntry> followers, String... javaOptions) throws IOException {
        this.folder = Files.createTempDirectory(Path.of(System.getProperty(PARENT, System.getProperty("java.io.tmpdir"))), "millrace-node-");
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            this.httpPort = socket.getLocalPort();
        }
        this.javaOptions = List.of(javaOptions);
        Files.writeString(config(), yaml(leaderPort, channelSettings, followers));
    }

    /**
     * A Millrace that also serves its log.
     *
     * @param more lines of the channel's settings; those that are indented belong to {@code serve}, those with {@code leader.} to the leader
     */
    public static MillraceNode serving(int leaderPort, List<FollowerEntry> followers, String... more) throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        List<String> settings = new ArrayList<>(Stream.of(more).filter(line -> line.startsWith(LEADER)).toList());
        settings.addAll(List.of("serve:", "  port: " + port,
                "  accounts: [{user: " + DatabaseServer.REPLICATION + ", password: " + DatabaseServer.PASSWORD + "}]"));
        settings.addAll(Stream.of(more).filter(line -> !line.startsWith(LEADER)).toList());
        MillraceNode node = new MillraceNode(leaderPort, settings, followers);
        node.servePort = port;
        return node;
    }

    /** The port on which it serves, for a node made by {@link #serving}. */
    public int servePort() {
        return servePort;
    }

    /** This node as a replica's source. */
    public NativeReplica.Source source(boolean gtids, boolean tls) {
        return new NativeReplica.Source(servePort, DatabaseServer.REPLICATION, DatabaseServer.PASSWORD, gtids, tls);
    }

    private static boolean isOver(long started, Duration patience) {
        return System.nanoTime() - started > patience.toNanos();
    }

    /** Between two looks: a hundredth of the time waited so far, so that looking costs little and what is measured is true to one percent. */
    private static void pause(long started) throws InterruptedException {
        long waited = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        Thread.sleep(Math.clamp(waited / 100, 25, 500));
    }

    /** Waits until there is a log to serve. */
    public void awaitServing(Duration patience) throws InterruptedException, IOException {
        long started = System.nanoTime();
        while (status().filter(channel -> channel.getJsonObject("receiver").getString("durable") != null).isEmpty()) {
            Process running = process;
            if (isOver(started, patience) || running == null || !running.isAlive()) {
                throw new IOException("there is nothing to serve: " + status() + "\n" + log());
            }
            pause(started);
        }
    }

    /** Waits until everything that the leader has logged by now is durable here. */
    public void awaitDurable(DatabaseServer leader, Duration patience) throws InterruptedException, IOException, SQLException {
        String end = Coordinates.end(leader);
        long started = System.nanoTime();
        while (status().map(channel -> channel.getJsonObject("receiver").getString("durable"))
                .filter(durable -> Coordinates.compare(durable, end) >= 0)
                .isEmpty()) {
            if (isOver(started, patience)) {
                throw new IOException("not durable to " + end + ": " + status() + "\n" + log());
            }
            pause(started);
        }
    }

    private String yaml(int leaderPort, List<String> channelSettings, List<FollowerEntry> followers) {
        List<String> lines = new ArrayList<>(List.of("process:", "  dataDirectory: " + folder.resolve("data"), "  httpPort: " + httpPort, "channels:",
                "  - name: " + CHANNEL, "    leader:", "      host: 127.0.0.1", "      port: " + leaderPort,
                "      user: " + DatabaseServer.REPLICATION,
                "      password: " + DatabaseServer.PASSWORD, "      heartbeat: 1s"));
        if (channelSettings.stream().noneMatch(line -> line.startsWith(LEADER + "serverId"))) {
            lines.add("      serverId: 4200");
        }
        channelSettings.forEach(line -> lines.add("    " + (line.startsWith(LEADER) ? "  " + line.substring(LEADER.length()) : line)));
        if (!followers.isEmpty()) {
            lines.add("    followers:");
        }
        for (FollowerEntry follower : followers) {
            lines.addAll(List.of("      - name: " + follower.name(), "        host: 127.0.0.1", "        port: " + follower.port(),
                    "        user: " + DatabaseServer.ADMIN, "        password: " + DatabaseServer.PASSWORD));
            follower.extra().forEach(line -> lines.add("        " + line));
        }
        return String.join("\n", lines) + "\n";
    }

    /** The configuration file. */
    public Path config() {
        return folder.resolve("millrace.yaml");
    }

    /** Where it keeps everything. */
    public Path data() {
        return folder.resolve("data");
    }

    /** Where the relay log of a leader is. */
    public Path relay(String leader) {
        return folder.resolve("data").resolve(CHANNEL).resolve("relay").resolve(leader);
    }

    /** Whether a file of the relay log is the copy of one of the leader's, and not an index of ours. */
    public static boolean isBinlog(Path file) {
        return !String.valueOf(file.getFileName()).endsWith(".positions");
    }

    /** Starts the process; what it logs goes to a file. */
    public MillraceNode start() throws IOException {
        kill(); // One that was told to stop and takes its time.
        leaves = NodeClasses.toLeave();
        process = new ProcessBuilder(command(leaves, "run", "--config", config().toString())).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile())).start();
        return this;
    }

    private List<String> command(Optional<Path> archive, String... arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-cp", NodeClasses.path()));
        command.addAll(NodeClasses.options(archive));
        command.add("-Djava.io.tmpdir=" + folder); // What it would delete at its end stays where it is killed.
        if (javaOptions.stream().noneMatch(option -> option.matches("-XX:\\+Use\\w+GC"))) {
            command.add("-XX:+UseSerialGC"); // As the launcher does.
        }
        command.addAll(javaOptions.isEmpty() ? List.of("-Xmx256m") : javaOptions);
        command.add("io.millrace.app.Main");
        command.addAll(List.of(arguments));
        return command;
    }

    /** The number of the running process. */
    public long pid() {
        return Objects.requireNonNull(process, "it does not run").pid();
    }

    /** The processor time that the running process has used. */
    public Duration cpu() {
        return Objects.requireNonNull(process, "it does not run").info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** Runs another command of Millrace to its end and gives what it printed. */
    public String run(String... arguments) throws IOException {
        return Programs.run(command(Optional.empty(), arguments));
    }

    /** Ends the process at once, as {@code kill -9} does. */
    public void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            join(running);
        }
    }

    /**
     * Asks the process to stop, as SIGTERM does.
     *
     * @return whether it stopped in that time
     */
    public boolean stop(Duration patience) throws InterruptedException {
        Process running = process;
        if (running == null) {
            return true;
        }
        running.destroy();
        return running.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void join(Process running) {
        try {
            running.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What {@code GET /status} says of the one channel; empty when nobody answers. */
    public Optional<JsonObject> status() throws InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + httpPort + "/status");
        try {
            String body = HTTP.send(HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
            return Optional.of(new JsonObject(body).getJsonArray("channels").getJsonObject(0));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** What status says of a follower; empty when nobody answers. */
    public Optional<JsonObject> follower(String name) throws InterruptedException {
        return status().flatMap(channel -> channel.getJsonArray("followers").stream().map(JsonObject.class::cast)
                .filter(follower -> follower.getString("name").equals(name)).findFirst());
    }

    /** Waits until a follower's status fits; a follower that stopped for a person fails at once. */
    public JsonObject await(String follower, Predicate<JsonObject> wanted, Duration patience) throws InterruptedException, IOException {
        long started = System.nanoTime();
        while (true) {
            Optional<JsonObject> status = follower(follower);
            if (status.filter(wanted).isPresent()) {
                return status.get();
            }
            boolean stopped = status.filter(found -> found.getString("state").equals("stopped")).isPresent();
            Process running = process;
            if (stopped || isOver(started, patience) || running == null || !running.isAlive()) {
                throw new IOException("follower " + follower + " did not get there: " + status + "\n" + log());
            }
            pause(started);
        }
    }

    /** Waits until a follower has stopped for a person. */
    public JsonObject awaitStopped(String follower, Duration patience) throws InterruptedException, IOException {
        long started = System.nanoTime();
        while (true) {
            Optional<JsonObject> status = follower(follower);
            if (status.filter(found -> found.getString("state").equals("stopped")).isPresent()) {
                return status.get();
            }
            if (isOver(started, patience)) {
                throw new IOException("follower " + follower + " did not stop: " + status + "\n" + log());
            }
            pause(started);
        }
    }

    /** Waits until a follower has applied everything that the leader has logged by now. */
    public void awaitCaughtUp(String follower, DatabaseServer leader, Duration patience) throws InterruptedException, IOException, SQLException {
        if (leader.kind().isMariaDb()) {
            leader.execute("FLUSH TABLES"); // MariaDB sends the checkpoint at the end of its binlog only with the event after it.
        }
        String end = Coordinates.end(leader);
        try {
            await(follower, status -> Coordinates.compare(status.getString("applied", "none.000000:4"), end) >= 0, patience);
        } catch (IOException e) {
            throw new IOException("wanted " + end + ", durable is " + status().map(channel -> channel.getJsonObject("receiver").getString("durable"))
                    + ": " + e.getMessage(), e);
        }
    }

    /** What the newest snapshot tells of itself. */
    public JsonObject newestManifest() throws IOException {
        try (Stream<Path> found = Files.walk(folder.resolve("data").resolve(CHANNEL).resolve("snapshots"))) {
            Path manifest = found.filter(file -> file.endsWith("manifest.json")).max(Comparator.naturalOrder())
                    .orElseThrow(() -> new IOException("there is no snapshot"));
            return new JsonObject(Files.readString(manifest));
        }
    }

    /** Everything that the process logged. */
    public String wholeLog() throws IOException {
        return Files.exists(folder.resolve("log")) ? Files.readString(folder.resolve("log")) : "";
    }

    /** The end of what the process logged. */
    public String log() throws IOException {
        String text = wholeLog();
        return text.substring(Math.max(0, text.length() - 6000));
    }

    /** The first node of many leaves its classes to the others. */
    private void endInOrder(Path archive) throws IOException {
        try {
            if (stop(ENDING)) {
                NodeClasses.publish(archive);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        if (leaves.isPresent()) {
            endInOrder(leaves.get());
        }
        kill();
        DatabaseServer.delete(folder);
    }
}
