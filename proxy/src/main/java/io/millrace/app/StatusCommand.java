package io.millrace.app;

import io.millrace.config.MillraceConfig;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace status}. */
@Command(name = "status", mixinStandardHelpOptions = true, description = "Shows what the running process does: each follower's state, lag and next step.")
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private ConfigOption config = new ConfigOption();

    @Option(names = {"-o", "--output"}, description = "table or json (default: table).")
    private String output = "table";

    @Option(names = "--problems", description = "Shows only what a person should look at, and exits with 3 if there is something: what is stopped, or has"
            + " waited for a minute.")
    private boolean problems;

    @Override
    public Integer call() throws InterruptedException {
        Optional<MillraceConfig> loaded = config.loadWithoutSecrets();
        if (loaded.isEmpty()) {
            return Main.USAGE;
        }
        if (!List.of("table", "json").contains(output)) {
            Console.error("--output must be table or json, was \"" + output + "\"");
            return Main.USAGE;
        }
        try {
            if (problems) {
                return problems(RunningProcess.of(loaded.get().process()).get("/health"));
            }
            RunningProcess.Answer answer = RunningProcess.of(loaded.get().process()).get("/status");
            if (answer.status() != RunningProcess.GOOD) {
                Console.error("What answers is no Millrace, or fails: " + answer.body().strip());
                return Main.FAILED;
            }
            Console.out(output.equals("json") ? answer.body().stripTrailing() : table(new JsonObject(answer.body())));
            return Main.OK;
        } catch (IOException e) {
            Console.error(String.valueOf(e.getMessage()));
            return Main.FAILED;
        }
    }

    private static int problems(RunningProcess.Answer answer) {
        if (!answer.body().contains("\"healthy\"")) {
            Console.error("What answers is no Millrace, or fails: " + answer.body().strip());
            return Main.FAILED;
        }
        JsonArray found = new JsonObject(answer.body()).getJsonArray("problems");
        found.forEach(problem -> Console.out(String.valueOf(problem)));
        return found.isEmpty() ? Main.OK : Main.FOUND;
    }

    private static String table(JsonObject status) {
        StringBuilder text = new StringBuilder();
        JsonArray channels = status.getJsonArray("channels");
        for (int i = 0; i < channels.size(); i++) {
            JsonObject channel = channels.getJsonObject(i);
            JsonObject receiver = channel.getJsonObject("receiver");
            boolean connected = receiver.getBoolean("connected");
            text.append(String.format(Locale.ROOT, "channel %s: leader %s, durable to %s%n", channel.getString("name"), leader(receiver, connected),
                    receiver.getString("durable", "-")));
            followers(channel.getJsonArray("followers"), text);
            replicas(channel.getJsonArray("replicas"), text);
        }
        return text.toString().stripTrailing();
    }

    private static String leader(JsonObject receiver, boolean connected) {
        if (connected) {
            Long behind = receiver.getLong("lagSeconds");
            return "connected" + (behind != null && behind > 1 ? ", " + behind + " s behind it" : "");
        }
        String stopped = receiver.getString("stopped");
        return stopped.isEmpty() ? "NOT connected (" + receiver.getString("cause") + ")" : "STOPPED (" + stopped + ")";
    }

    private static String known(JsonObject of, String key) {
        Object value = of.getValue(key);
        return value == null ? "-" : value.toString();
    }

    private static void followers(JsonArray followers, StringBuilder text) {
        text.append(
                String.format(Locale.ROOT, "  %-20s %-12s %8s %14s %12s  %s%n", "FOLLOWER", "STATE", "LAG S", "LAG BYTES", "TRANSACTIONS", "DETAIL"));
        for (int i = 0; i < followers.size(); i++) {
            JsonObject follower = followers.getJsonObject(i);
            text.append(String.format(Locale.ROOT, "  %-20s %-12s %8s %14s %12d  %s%n", follower.getString("name"), follower.getString("state"),
                    known(follower, "lagSeconds"), known(follower, "lagBytes"), follower.getLong("transactions"), follower.getString("detail")));
        }
    }

    /** Those that are managed stand among the followers already. */
    private static void replicas(JsonArray replicas, StringBuilder text) {
        for (int i = 0; i < replicas.size(); i++) {
            JsonObject replica = replicas.getJsonObject(i);
            if (!replica.getBoolean("managed")) {
                text.append(String.format(Locale.ROOT, "  %-20s %-12s %8s %14d %12s  user %s, server id %d, sent to %s%n", replica.getString("peer"),
                        "unmanaged", "-", replica.getLong("lagBytes", 0L), "-", replica.getString("user"), replica.getLong("serverId"),
                        replica.getString("sentTo", "-")));
            }
        }
    }
}
