package io.millrace.replication.workers;

import io.millrace.binlog.BinlogCoordinates;

/** Is told how far workers are. Any of their threads calls, one at a time. */
public interface WorkerProgress {
    /** Everything up to here is applied, so many transactions more than before. */
    void committed(BinlogCoordinates at, int transactions);

    /** The follower itself remembers a place from which it needs the log after a crash. */
    void saved(BinlogCoordinates oldest);
}
