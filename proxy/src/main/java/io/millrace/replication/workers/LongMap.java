package io.millrace.replication.workers;

/** From keys to numbers, both longs; no key and no number is 0. Allocates only when it grows. One thread. */
final class LongMap {
    private static final int INITIAL = 1024;
    private static final int SPREAD = 0x9E3779B9;

    private long[] keys = new long[INITIAL];
    private long[] numbers = new long[INITIAL];
    private int size;

    /** The number of a key; 0 if it has none. */
    long get(long key) {
        return numbers[slot(key)];
    }

    void put(long key, long number) {
        int slot = slot(key);
        if (keys[slot] == 0) {
            keys[slot] = key;
            size++;
        }
        numbers[slot] = number;
    }

    /** Whether another key means more memory. */
    boolean isFull() {
        return size >= keys.length / 2;
    }

    /** Keeps only numbers above one, and makes room for as many again. */
    void keepAbove(long number) {
        long[] oldKeys = keys;
        long[] oldNumbers = numbers;
        int kept = 0;
        for (long old : oldNumbers) {
            kept += old > number ? 1 : 0;
        }
        int capacity = Math.max(INITIAL, Integer.highestOneBit(kept) * 8);
        keys = new long[capacity];
        numbers = new long[capacity];
        size = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldNumbers[i] > number) {
                put(oldKeys[i], oldNumbers[i]);
            }
        }
    }

    private int slot(long key) {
        int mask = keys.length - 1;
        int slot = (int) (key ^ key >>> 32) * SPREAD >>> 7 & mask;
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = slot + 1 & mask;
        }
        return slot;
    }
}
