package io.millrace.binlog;

import java.util.Arrays;

/** Sorted, disjoint, non-adjacent intervals of numbers, both ends included. One thread; sets copy before they share. */
final class Intervals {
    private long[] ends;
    private int count;

    Intervals() {
        ends = new long[4];
    }

    private Intervals(long[] ends, int count) {
        this.ends = ends;
        this.count = count;
    }

    Intervals copy() {
        return new Intervals(ends.clone(), count);
    }

    int count() {
        return count;
    }

    long first(int interval) {
        return ends[2 * interval];
    }

    long last(int interval) {
        return ends[2 * interval + 1];
    }

    boolean contains(long number) {
        return containsAny(number, number);
    }

    /** Whether one of the numbers {@code from} to {@code to} is in it. */
    boolean containsAny(long from, long to) {
        int at = firstEndingAtOrAfter(from);
        return at < count && first(at) <= to;
    }

    /** Adds {@code from} to {@code to}; the common case, one after the last, allocates nothing. */
    void add(long from, long to) {
        if (count > 0 && from == last(count - 1) + 1) {
            ends[2 * count - 1] = to;
            return;
        }
        int start = firstEndingAtOrAfter(from - 1);
        int end = start;
        long low = from;
        long high = to;
        while (end < count && first(end) <= to + 1) {
            low = Math.min(low, first(end));
            high = Math.max(high, last(end));
            end++;
        }
        replace(start, end, low, high);
    }

    /** Whether every number of {@code other} is in it. */
    boolean containsAll(Intervals other) {
        for (int i = 0; i < other.count; i++) {
            int at = firstEndingAtOrAfter(other.last(i));
            if (at == count || first(at) > other.first(i)) {
                return false;
            }
        }
        return true;
    }

    /** The numbers that are in one of both. */
    Intervals union(Intervals other) {
        Intervals both = new Intervals();
        int mine = 0;
        int theirs = 0;
        while (mine < count || theirs < other.count) {
            boolean isMine = theirs == other.count || mine < count && first(mine) <= other.first(theirs);
            if (isMine) {
                both.append(first(mine), last(mine));
                mine++;
            } else {
                both.append(other.first(theirs), other.last(theirs));
                theirs++;
            }
        }
        return both;
    }

    /** The numbers that are not in {@code other}. */
    Intervals minus(Intervals other) {
        Intervals rest = new Intervals();
        int theirs = 0;
        for (int i = 0; i < count; i++) {
            long from = first(i);
            while (theirs < other.count && other.last(theirs) < from) {
                theirs++;
            }
            int at = theirs;
            while (at < other.count && other.first(at) <= last(i)) {
                if (other.first(at) > from) {
                    rest.append(from, other.first(at) - 1);
                }
                from = other.last(at) + 1;
                at++;
            }
            if (from <= last(i)) {
                rest.append(from, last(i));
            }
            theirs = Math.max(theirs, at - 1); // It may reach into the next of ours, too.
        }
        return rest;
    }

    /** Adds numbers none of which is below the last interval's first. */
    private void append(long from, long to) {
        if (count > 0 && from <= last(count - 1) + 1) {
            ends[2 * count - 1] = Math.max(last(count - 1), to);
            return;
        }
        if (2 * count == ends.length) {
            ends = Arrays.copyOf(ends, ends.length * 2);
        }
        ends[2 * count] = from;
        ends[2 * count + 1] = to;
        count++;
    }

    private void replace(int start, int end, long low, long high) {
        long[] grown = new long[Math.max(ends.length, 2 * (count + 1 - (end - start)) + 2)];
        System.arraycopy(ends, 0, grown, 0, 2 * start);
        grown[2 * start] = low;
        grown[2 * start + 1] = high;
        System.arraycopy(ends, 2 * end, grown, 2 * start + 2, 2 * (count - end));
        count = count - (end - start) + 1;
        ends = grown;
    }

    private int firstEndingAtOrAfter(long number) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (last(middle) < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Intervals that && Arrays.equals(ends, 0, 2 * count, that.ends, 0, 2 * that.count);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(Arrays.copyOf(ends, 2 * count));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : ":").append(first(i));
            if (last(i) > first(i)) {
                text.append('-').append(last(i));
            }
        }
        return text.toString();
    }
}
