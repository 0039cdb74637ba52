package io.millrace.app;

import io.millrace.config.ProcessConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The process that {@code millrace run} has started, as the other commands ask it. One thread. */
final class RunningProcess {
    static final int GOOD = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final URI base;

    private RunningProcess(URI base) {
        this.base = base;
    }

    /** What it said. */
    record Answer(int status, String body) {}

    /** @throws IOException if it took a free port and nobody can tell which */
    static RunningProcess of(ProcessConfig config) throws IOException {
        int port = config.httpPort();
        if (port == 0) {
            try {
                port = DataDirectory.notedHttpPort(config.dataDirectory());
            } catch (IOException | NumberFormatException e) {
                throw new IOException("Nobody can tell which port Millrace took (process.httpPort is 0, and " + config.dataDirectory()
                        + " does not say): start it with `millrace run`, or ask as its user", e);
            }
        }
        return new RunningProcess(URI.create("http://127.0.0.1:" + port));
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE).build());
    }

    /** Waits as long as it takes. */
    Answer post(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(base.resolve(path)).POST(HttpRequest.BodyPublishers.noBody()).build());
    }

    private Answer send(HttpRequest request) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new IOException("No Millrace answers at " + base + ": start it with `millrace run`, or mend process.httpPort", e);
        }
    }
}
