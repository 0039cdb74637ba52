package io.millrace.replication.workers;

import io.millrace.binlog.BinlogCoordinates;

/** Is told how far workers are. Any of their threads calls, one at a time. */
public interface WorkerProgress {
    /**
     * Everything up to here is applied.
     *
     * @param leaderTime when the leader ended the last of it, in seconds
     * @param bytesBehind how much of the log lay behind it
     */
    void committed(BinlogCoordinates at, int transactions, long leaderTime, long bytesBehind);

    /** The follower itself remembers a place from which it needs the log after a crash. */
    void saved(BinlogCoordinates oldest);
}
