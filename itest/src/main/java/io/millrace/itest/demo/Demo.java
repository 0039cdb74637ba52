package io.millrace.itest.demo;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import java.io.IOException;
import java.io.PrintStream;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace demo}. */
@Command(name = "millrace demo", mixinStandardHelpOptions = true, description = {
        "Starts a leader and two followers of MySQL 8.0 on free loopback ports, one that Millrace applies to, one a native replica; writes to the leader (all row"
                + " operations, DDL, several schemas); kills one follower on the way and starts it again; shows states, lag and rates.",
        "At the end it compares every table at equal coordinates and prints the verdict. Data lies in a temporary folder; servers are unpacked into ~/.cache/millrace once."}, footer = {
                "", "Exit codes: 0 all tables are equal; 1 they are not, or something failed; 130 after Ctrl-C."})
public final class Demo implements Callable<Integer> {
    private static final PrintStream OUT = System.out;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Option(names = "--seconds", description = "End by itself after this time; without it, after Ctrl-C.", defaultValue = "0", paramLabel = "N")
    private int seconds;

    @Option(names = "--writers", description = "Connections that write to the leader (default: ${DEFAULT-VALUE}).", defaultValue = "4", paramLabel = "N")
    private int writers;

    private final AtomicBoolean stopping = new AtomicBoolean();

    /** Runs the demo and exits with its code. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Demo()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndWait(main), "demo-stop"));
        say("starting a leader and two followers (MySQL 8.0) …");
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1);
                DatabaseServer replay = DatabaseServer.start(ServerKind.MYSQL_80, 2);
                DatabaseServer pulling = DatabaseServer.start(ServerKind.MYSQL_80, 3);
                MixedWorkload load = new MixedWorkload(leader,
                        new MixedWorkload.Options(writers, 5, Set.of(MixedWorkload.Extra.KEYLESS, MixedWorkload.Extra.DDL), false)).prepare();
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(MillraceNode.FollowerEntry.of("by-replay", replay),
                        MillraceNode.FollowerEntry.of("native", pulling, "feed: pull")))) {
            say("leader 127.0.0.1:" + leader.port() + ", followers 127.0.0.1:" + replay.port() + " and 127.0.0.1:" + pulling.port()
                    + "; log in with user " + DatabaseServer.ADMIN + ", password " + DatabaseServer.PASSWORD);
            load.start();
            millrace.start();
            watch(millrace, load, replay);
            return verdict(leader, List.of(replay, pulling), millrace, load);
        }
    }

    private void stopAndWait(Thread main) {
        stopping.set(true);
        try {
            main.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch(MillraceNode millrace, MixedWorkload load, DatabaseServer victim) throws InterruptedException, IOException {
        long began = System.nanoTime();
        boolean killed = false;
        boolean restarted = false;
        try (LiveTable table = new LiveTable(OUT)) {
            while (!stopping.get() && !isOver(began)) {
                double elapsed = (System.nanoTime() - began) / 1e9;
                double killAt = seconds > 0 ? seconds * 0.45 : 15;
                if (!killed && elapsed > killAt) {
                    table.note("kill -9 of follower by-replay");
                    victim.kill();
                    killed = true;
                } else if (killed && !restarted && elapsed > killAt + Math.max(2, seconds * 0.1)) {
                    table.note("follower by-replay starts again");
                    victim.start();
                    restarted = true;
                }
                table.show(millrace.status(), load.transactions(), elapsed);
                Thread.sleep(500);
            }
        }
        if (killed && !restarted) {
            victim.start();
        }
    }

    private boolean isOver(long began) {
        return seconds > 0 && System.nanoTime() - began > Duration.ofSeconds(seconds).toNanos();
    }

    private static int verdict(DatabaseServer leader, List<DatabaseServer> followers, MillraceNode millrace, MixedWorkload load)
            throws SQLException, InterruptedException, IOException {
        say("writers stop; waiting until both followers have applied everything …");
        load.stop();
        millrace.awaitCaughtUp("by-replay", leader, PATIENCE);
        millrace.awaitCaughtUp("native", leader, PATIENCE);
        boolean equal = true;
        for (int i = 0; i < followers.size(); i++) {
            String name = i == 0 ? "by-replay" : "native";
            List<String> differences = TableContents.differences(leader, followers.get(i));
            say(String.format(Locale.ROOT, "follower %-10s %d tables compared byte for byte with the leader: %s", name,
                    TableContents.of(leader).size(),
                    differences.isEmpty() ? "EQUAL" : "DIFFERENT"));
            differences.forEach(difference -> say("  " + difference));
            equal &= differences.isEmpty();
        }
        say((equal ? "verdict: equal" : "verdict: NOT equal") + " after " + load.transactions() + " transactions");
        return equal ? 0 : 1;
    }

    private static void say(String text) {
        OUT.println(text);
        OUT.flush();
    }
}
