package io.millrace.itest.demo;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Redraws a few lines in a terminal; elsewhere it prints them every few seconds. One thread. */
final class LiveTable implements AutoCloseable {
    private static final int QUIET_SECONDS = 5;

    private final PrintStream out;
    private final boolean terminal = Boolean.getBoolean("millrace.terminal");
    private final Map<String, Long> lastTransactions = new HashMap<>();
    private int drawn;
    private double shownAt = -QUIET_SECONDS;
    private double lastElapsed;
    private long lastWritten;

    LiveTable(PrintStream out) {
        this.out = out;
    }

    void note(String text) {
        erase();
        out.println("* " + text);
        drawn = 0;
    }

    void show(Optional<JsonObject> status, long written, double elapsed) {
        if (!terminal && elapsed - shownAt < QUIET_SECONDS) {
            return;
        }
        shownAt = elapsed;
        double seconds = Math.max(0.1, elapsed - lastElapsed);
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%5.0f s  leader: %d transactions, %.0f/s%n", elapsed, written,
                (written - lastWritten) / seconds));
        text.append(String.format(Locale.ROOT, "  %-12s %-12s %6s %10s %8s  %s%n", "FOLLOWER", "STATE", "LAG S", "LAG BYTES", "TX/S", "DETAIL"));
        JsonArray followers = status.map(channel -> channel.getJsonArray("followers")).orElse(new JsonArray());
        for (int i = 0; i < followers.size(); i++) {
            row(followers.getJsonObject(i), seconds, text);
        }
        lastElapsed = elapsed;
        lastWritten = written;
        erase();
        out.print(text);
        out.flush();
        drawn = followers.size() + 2;
    }

    private void row(JsonObject follower, double seconds, StringBuilder text) {
        String name = follower.getString("name");
        long transactions = follower.getLong("transactions");
        long before = lastTransactions.getOrDefault(name, 0L);
        lastTransactions.put(name, transactions);
        String detail = follower.getString("detail").replace('\n', ' ');
        text.append(String.format(Locale.ROOT, "  %-12s %-12s %6s %10s %8.0f  %s%n", name, follower.getString("state"),
                known(follower, "lagSeconds"), known(follower, "lagBytes"), Math.max(0, transactions - before) / seconds,
                detail.substring(0, Math.min(60, detail.length()))));
    }

    private static String known(JsonObject follower, String key) {
        Object value = follower.getValue(key);
        return value == null ? "-" : value.toString();
    }

    private void erase() {
        if (terminal && drawn > 0) {
            out.print("\033[" + drawn + "A\033[J");
        }
    }

    @Override
    public void close() {
        out.flush();
    }
}
