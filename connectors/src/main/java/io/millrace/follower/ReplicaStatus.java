package io.millrace.follower;

import io.millrace.binlog.BinlogCoordinates;
import java.util.Optional;
import java.util.Set;

/**
 * What a native replica says of its replication.
 *
 * @param source host and port that it replicates from; empty if it does not
 * @param ours whether that is us
 * @param leader the identity of the leader that it last reached there; empty if it has reached none
 * @param receiver its receiver thread
 * @param applier its applier thread
 * @param received up to where of the leader's log it has received
 * @param applied up to where of the leader's log it has applied
 * @param mariaDbGtids the last GTID of each domain that it has applied, by domain; empty for others than MariaDB
 * @param byPosition whether it asks by file and position, and not by GTID
 * @param ourAccount whether it asks under the account that we made for it, be it at another address
 */
public record ReplicaStatus(String source, boolean ours, String leader, Worker receiver, Worker applier, Optional<BinlogCoordinates> received,
        Optional<BinlogCoordinates> applied, String mariaDbGtids, boolean byPosition, boolean ourAccount) {
    /** The receiver's error when the source no longer has what it needs, or has refused it otherwise. */
    public static final int SOURCE_REFUSES = 1236;
    private static final int SOURCE_REFUSES_TOO = 13114;
    private static final int ACCESS_DENIED = 1045;
    private static final Set<Integer> CONNECTION_ERRORS = Set.of(1040, 1053, 2002, 2003, 2005, 2006, 2013);

    /**
     * One of its threads.
     *
     * @param running true also while a receiver tries to connect
     * @param connected whether a receiver has a connection; true of an applier that runs
     * @param error 0 for none
     */
    public record Worker(boolean running, boolean connected, int error, String message) {
        /** Whether its source does not know its account or password. */
        public boolean isDenied() {
            return running && !connected && error == ACCESS_DENIED;
        }

        /** Whether it has given up to connect: to nobody, too many, an unknown host, somebody who went away. */
        public boolean hasGivenUp() {
            return !running && CONNECTION_ERRORS.contains(error);
        }

        /** Whether it was refused by its source for good. */
        public boolean isRefused() {
            return !running && (error == SOURCE_REFUSES || error == SOURCE_REFUSES_TOO);
        }
    }
}
