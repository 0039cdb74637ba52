package io.millrace.binlog.writeset;

import java.util.Arrays;

/**
 * The keys that a transaction changes, and those that it relies on: a key that one transaction changes must not be changed or relied
 * on by another at the same time; any number may rely on it. Keys are hashes, so two may be the same by chance, which costs speed and
 * nothing else. Adding allocates nothing once the set has grown. One thread.
 */
public final class WriteSet {
    private static final int INITIAL = 64;

    private long[] entries = new long[INITIAL];
    private int size;

    /** The transaction changes what has this key. */
    public void change(long key) {
        add(key | 1);
    }

    /** The transaction relies on what has this key: it must be there before, and stay. */
    public void rely(long key) {
        add(key & ~1L);
    }

    private void add(long entry) {
        if (size == entries.length) {
            entries = Arrays.copyOf(entries, 2 * size);
        }
        entries[size++] = entry;
    }

    /** Makes it empty. */
    public void clear() {
        size = 0;
        if (entries.length > 1 << 20) {
            entries = new long[INITIAL];
        }
    }

    /** How many keys it has; the same one may be in it more than once. */
    public int size() {
        return size;
    }

    /** A key, without what happens to it. */
    public long key(int index) {
        return entries[index] | 1;
    }

    /** Whether the key is changed, and not only relied on. */
    public boolean changes(int index) {
        return (entries[index] & 1) != 0;
    }

    @Override
    public String toString() {
        return size + " keys";
    }
}
