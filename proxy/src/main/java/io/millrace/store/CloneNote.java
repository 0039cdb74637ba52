package io.millrace.store;

import io.millrace.binlog.BinlogCoordinates;

/**
 * What is known of a clone when it is begun.
 *
 * @param follower its host and port: another server of the same name has nothing to do with it
 * @param leader identity of the leader that is copied
 * @param since an earlier end of the leader's log: no XA transaction was prepared then
 * @param before when the clone before this one was begun, as the follower told; empty where there was none
 */
public record CloneNote(String follower, String leader, BinlogCoordinates since, String before) {}
