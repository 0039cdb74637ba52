package io.millrace.store;

import io.millrace.binlog.BinlogCoordinates;

/**
 * What is known of a clone when it is begun.
 *
 * @param follower its host and port: another server of the same name has nothing to do with it
 * @param leader identity of the leader that is copied
 * @param since an earlier end of the leader's log: no XA transaction was prepared then
 * @param executed the leader's GTIDs then, as text: some may be in no log of it
 * @param tries how often in turn a clone was made that could not be gone on from
 * @param refused whether that is so of this one: it is begun again when it may be
 * @param before when the clone before this one was begun, as the follower told; empty where there was none
 */
public record CloneNote(String follower, String leader, BinlogCoordinates since, String executed, int tries, boolean refused, String before) {
    /** The same of a clone that cannot be gone on from. */
    public CloneNote asRefused() {
        return new CloneNote(follower, leader, since, executed, tries, true, before);
    }
}
