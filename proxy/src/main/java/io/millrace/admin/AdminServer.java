package io.millrace.admin;

import io.millrace.replication.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.HostAndPort;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code GET /status} on the loopback interface, and {@code POST /channels/NAME/snapshots}. Requests run on virtual threads. */
public final class AdminServer implements AutoCloseable {
    private static final long START_SECONDS = 10;
    private static final Set<String> HERE = Set.of("127.0.0.1", "localhost", "::1", "[::1]");

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
        Set<String> taking = ConcurrentHashMap.newKeySet();
        HttpServer server = vertx.createHttpServer().requestHandler(request -> Thread.ofVirtual().name("request")
                .start(() -> answer(request, channels, taker, taking)));
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

    private static void answer(HttpServerRequest request, List<Channel> channels, SnapshotTaker taker, Set<String> taking) {
        String path = request.path();
        if (!isFromHere(request)) {
            error(request, 403, "this port answers programs on this machine, and no web page");
        } else if (request.method().name().equals("GET") && path.equals("/status")) {
            status(request, channels);
        } else if (request.method().name().equals("GET") && path.equals("/health")) {
            health(request, channels);
        } else if (request.method().name().equals("POST") && path.matches("/channels/[^/]+/snapshots")) {
            String channel = path.split("/", -1)[2];
            if (taking.add(channel)) {
                try {
                    takeSnapshot(request, channel, taker);
                } finally {
                    taking.remove(channel);
                }
            } else {
                error(request, 409, "a snapshot of " + channel + " is being taken as asked before");
            }
        } else {
            error(request, 404, "there is GET /status, GET /health and POST /channels/NAME/snapshots");
        }
    }

    /** A web page that somebody looks at here may send requests as well, under its own name or one that leads here. */
    private static boolean isFromHere(HttpServerRequest request) {
        HostAndPort asked = request.authority();
        return request.getHeader("Origin") == null && asked != null && HERE.contains(asked.host());
    }

    private static void status(HttpServerRequest request, List<Channel> channels) {
        try {
            json(request, 200, StatusReport.of(channels));
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("unexpected failure in the status: please report it");
            error(request, 500, "the status cannot be told: " + e);
        }
    }

    /** For monitoring: 200 as long as nobody has to look, else 503. */
    private static void health(HttpServerRequest request, List<Channel> channels) {
        try {
            List<String> problems = StatusReport.problems(channels, Instant.now());
            json(request, problems.isEmpty() ? 200 : 503,
                    new JsonObject().put("healthy", problems.isEmpty()).put("problems", new JsonArray(problems)));
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("unexpected failure in the health: please report it");
            error(request, 500, "the health cannot be told: " + e);
        }
    }

    private static void error(HttpServerRequest request, int status, String message) {
        json(request, status, new JsonObject().put("error", message));
    }

    private static void takeSnapshot(HttpServerRequest request, String channel, SnapshotTaker taker) {
        try {
            json(request, 200, taker.take(channel));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            error(request, 500, String.valueOf(e.getMessage()));
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
