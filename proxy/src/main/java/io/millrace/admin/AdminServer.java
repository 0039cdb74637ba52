package io.millrace.admin;

import io.millrace.replication.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code GET /status} on the loopback interface, and {@code POST /channels/NAME/snapshots}. Requests run on virtual threads. */
public final class AdminServer implements AutoCloseable {
    private static final long START_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private final HttpServer server;

    /** Takes a snapshot of a channel; gives its description. */
    public interface SnapshotTaker {
        JsonObject take(String channel) throws Exception;
    }

    private AdminServer(HttpServer server) {
        this.server = server;
    }

    /** Loads what {@link #start} needs, so that it is there when the configuration has been read. Any thread. */
    public static void warmUp() {
        LOG.atDebug().log("warming up");
        Vertx.vertx().close();
    }

    /**
     * Listens.
     *
     * @param vertx stays the caller's to close
     * @param port 0 for a free one
     */
    public static AdminServer start(Vertx vertx, int port, List<Channel> channels, SnapshotTaker taker) throws IOException {
        HttpServer server = vertx.createHttpServer().requestHandler(request -> answer(request, channels, taker));
        try {
            server.listen(port, "127.0.0.1").toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
            return new AdminServer(server);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("The port 127.0.0.1:" + port + " cannot be opened (" + e.getMessage()
                    + "): another Millrace may be running; choose another process.httpPort", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the port was opened", e);
        }
    }

    private static void answer(HttpServerRequest request, List<Channel> channels, SnapshotTaker taker) {
        String path = request.path();
        if (request.method().name().equals("GET") && path.equals("/status")) {
            json(request, 200, StatusReport.of(channels));
        } else if (request.method().name().equals("POST") && path.matches("/channels/[^/]+/snapshots")) {
            String channel = path.split("/", -1)[2];
            Thread.ofVirtual().name("snapshot-request").start(() -> takeSnapshot(request, channel, taker));
        } else {
            json(request, 404, new JsonObject().put("error", "there is GET /status and POST /channels/NAME/snapshots"));
        }
    }

    private static void takeSnapshot(HttpServerRequest request, String channel, SnapshotTaker taker) {
        try {
            json(request, 200, taker.take(channel));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            json(request, 500, new JsonObject().put("error", String.valueOf(e.getMessage())));
        }
    }

    private static void json(HttpServerRequest request, int status, JsonObject body) {
        request.response().setStatusCode(status).putHeader("content-type", "application/json").end(body.encodePrettily() + "\n");
    }

    /** The port that is open. */
    public int port() {
        return server.actualPort();
    }

    @Override
    public void close() {
        server.close();
    }
}
