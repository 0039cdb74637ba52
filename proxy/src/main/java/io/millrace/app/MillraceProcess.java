package io.millrace.app;

import io.millrace.admin.AdminServer;
import io.millrace.config.ChannelConfig;
import io.millrace.config.MillraceConfig;
import io.millrace.replication.Channel;
import io.millrace.replication.snapshots.SnapshotProgress;
import io.millrace.relay.RelayLog;
import io.millrace.serve.ReplicationServer;
import io.millrace.snapshot.Manifest;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Everything that runs. One thread starts and closes; it may also be embedded, in a test suite for one. */
public final class MillraceProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MillraceProcess.class);
    private static final Duration LEADER_PATIENCE = Duration.ofSeconds(60);

    private final Vertx vertx = Vertx.vertx();
    private final DataDirectory data;
    private final List<Runnable> closers = new ArrayList<>();
    private final List<Assembly.Assembled> channels = new ArrayList<>();
    private int httpPort;

    private MillraceProcess(DataDirectory data) {
        this.data = data;
        closers.add(() -> vertx.close().await());
    }

    private void open(MillraceConfig config) throws IOException {
        Assembly assembly = new Assembly(data, Clock.systemUTC());
        for (ChannelConfig channel : config.channels()) {
            Assembly.Assembled assembled = assembly.assemble(channel, true);
            closers.add(assembled::close);
            channels.add(assembled);
        }
        for (int i = 0; i < channels.size(); i++) {
            ChannelConfig channel = config.channels().get(i);
            if (channel.serve().isPresent()) {
                closers.add(
                        ReplicationServer.start(vertx, channel.serve().get(), assembly.served(channel, channels.get(i)))::close);
            }
        }
        AdminServer admin = AdminServer.start(vertx, config.process().httpPort(), channels(), this::takeSnapshot);
        closers.add(admin::close);
        httpPort = admin.port();
        data.noteHttpPort(httpPort);
        channels().forEach(Channel::start);
    }

    /**
     * Starts all channels. What was opened is closed again where one part cannot be.
     *
     * @throws IOException if the data directory or a port cannot be had; the message says what to do
     */
    public static MillraceProcess start(MillraceConfig config) throws IOException {
        DataDirectory data = DataDirectory.lock(config.process().dataDirectory()).orElseThrow(() -> new IOException(
                "Another Millrace uses " + config.process().dataDirectory() + ": stop it, or choose another process.dataDirectory"));
        MillraceProcess process = new MillraceProcess(data);
        try {
            process.open(config);
        } catch (IOException | RuntimeException e) {
            process.close();
            throw e;
        }
        LOG.atInfo().addKeyValue("http", "127.0.0.1:" + process.httpPort()).log("millrace started");
        return process;
    }

    /** The channels, for whoever watches. */
    public List<Channel> channels() {
        return channels.stream().map(Assembly.Assembled::channel).toList();
    }

    public int httpPort() {
        return httpPort;
    }

    private JsonObject takeSnapshot(String name) throws Exception {
        for (Assembly.Assembled channel : channels) {
            if (channel.channel().name().equals(name)) {
                return SnapshotTable.describe(takeSnapshot(channel));
            }
        }
        throw new IOException("There is no channel \"" + name + "\" in the configuration");
    }

    /** Waits for the receiver, since the proof is read from what it receives. */
    static Manifest takeSnapshot(Assembly.Assembled channel) throws Exception {
        long deadline = System.nanoTime() + LEADER_PATIENCE.toNanos();
        while (channel.channel().relayLog().isEmpty() || !channel.channel().receiver().isConnected()) {
            if (System.nanoTime() > deadline || !channel.channel().stoppedBecause().isEmpty()) {
                throw new IOException("The leader is not connected: " + channel.channel().receiver().cause());
            }
            Thread.sleep(20);
        }
        RelayLog log = channel.channel().relayLog().orElseThrow();
        return channel.snapshots().take(log, new SnapshotProgress(), Clock.systemUTC());
    }

    /** Closes the parts, the last that was opened first. */
    @Override
    public void close() throws IOException {
        closers.reversed().forEach(Runnable::run);
        data.close();
        LOG.atInfo().log("millrace stopped");
    }
}
