package io.millrace.itest.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The same work done by Millrace and by its peers, in turns: each round in the other order than the one before, so that what warms up or
 * fills a cache helps and hurts all alike. One thread.
 */
final class Comparison {
    private static final PrintStream OUT = System.out;
    private static final int TIMES = 21;

    private final String work;
    private final int rounds;
    private final Contender millrace;
    private final List<Contender> peers = new ArrayList<>();
    private Task preparation = () -> {
    };

    /** Does the work once and tells how many seconds of it count. */
    interface Run {
        double seconds() throws Exception;
    }

    private record Contender(String name, Run run, List<Double> seconds) {
        private double median() {
            return Comparison.median(seconds.stream().mapToDouble(Double::doubleValue).toArray());
        }

        private String times() {
            return seconds.size() == 1
                    ? String.format(Locale.ROOT, "%.2f s", median())
                    : String.format(Locale.ROOT, "%.2f s (%.2f-%.2f)", median(), Collections.min(seconds), Collections.max(seconds));
        }
    }

    /** @param work as the table calls it */
    Comparison(String work, int rounds, Run millrace) {
        this.work = work;
        this.rounds = rounds;
        this.millrace = new Contender("Millrace", millrace, new ArrayList<>());
    }

    Comparison against(String peer, Run run) {
        peers.add(new Contender(peer, run, new ArrayList<>()));
        return this;
    }

    /** What comes before each round and is not counted. */
    Comparison preparedBy(Task task) {
        preparation = task;
        return this;
    }

    /** The head of the table that {@link #measure} prints lines of. */
    static void printHead() {
        OUT.println("RATIO is the peer's median by ours: above 1, Millrace is faster; least and most stand in brackets.");
        line("RATIO", "MILLRACE", "PEER", "WORK, PEER");
    }

    private static void line(String ratio, String ours, String theirs, String what) {
        OUT.println(" ".repeat(Math.max(0, 5 - ratio.length())) + ratio + "  " + padded(ours) + "  " + padded(theirs) + "  " + what);
        OUT.flush();
    }

    private static String padded(String times) {
        return times + " ".repeat(Math.max(0, TIMES - times.length()));
    }

    /** Prints a line for each peer when all rounds are done. */
    void measure() throws Exception {
        List<Contender> order = new ArrayList<>(peers);
        order.add(millrace);
        for (int round = 0; round < rounds; round++) {
            preparation.run();
            for (Contender contender : order) {
                double seconds = contender.run().seconds();
                contender.seconds().add(seconds);
                Bench.tell(String.format(Locale.ROOT, "%s, round %d of %d: %s %.2f s", work, round + 1, rounds, contender.name(), seconds));
            }
            Collections.reverse(order);
        }
        for (Contender peer : peers) {
            line(String.format(Locale.ROOT, "%.2f", peer.median() / millrace.median()), millrace.times(), peer.times(), work + ", " + peer.name());
        }
    }

    /** The middle one, or the higher of two. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Something to do. */
    interface Task {
        void run() throws Exception;
    }

    /** How long a task takes. */
    static double seconds(Task work) throws Exception {
        long began = System.nanoTime();
        work.run();
        return (System.nanoTime() - began) / 1e9;
    }
}
