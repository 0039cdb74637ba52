package io.millrace.replication.workers;

import io.millrace.binlog.writeset.WriteSet;

/** Which groups last changed and last relied on each key: what a transaction must come after. One thread. */
final class Conflicts {
    private final LongMap changed = new LongMap();
    private final LongMap relied = new LongMap();
    /** The last group before the one in {@link #relied}: that one itself may come to change the key. */
    private final LongMap reliedBefore = new LongMap();

    /** Whether a transaction must wait for a group that is neither committed nor its own. */
    boolean meets(WriteSet set, long own, long committed) {
        for (int i = 0; i < set.size(); i++) {
            if (isUnderWay(changed.get(set.key(i)), own, committed)
                    || set.changes(i) && isUnderWay(lastToRely(set.key(i), own), own, committed)) {
                return true;
            }
        }
        return false;
    }

    private long lastToRely(long key, long own) {
        long last = relied.get(key);
        return last == own ? reliedBefore.get(key) : last;
    }

    private static boolean isUnderWay(long group, long own, long committed) {
        return group > committed && group != own;
    }

    /** Notes what a transaction of a group does, and for whom the group must wait therefore. */
    void add(WriteSet set, Group group, long committed) {
        for (int i = 0; i < set.size(); i++) {
            long key = set.key(i);
            long changer = changed.get(key);
            if (isUnderWay(changer, group.number(), committed)) {
                group.waitFor(changer);
            }
            if (set.changes(i)) {
                long last = lastToRely(key, group.number());
                if (isUnderWay(last, group.number(), committed)) {
                    group.waitForAllTo(last);
                }
                put(changed, key, group.number(), committed);
            } else {
                rely(key, group.number(), committed);
            }
        }
    }

    private void rely(long key, long group, long committed) {
        long last = relied.get(key);
        if (isUnderWay(last, group, committed)) {
            put(reliedBefore, key, last, committed);
        }
        put(relied, key, group, committed);
    }

    private static void put(LongMap map, long key, long number, long committed) {
        if (map.isFull()) {
            map.keepAbove(committed);
        }
        map.put(key, number);
    }
}
