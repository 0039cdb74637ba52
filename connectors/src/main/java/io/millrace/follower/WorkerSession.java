package io.millrace.follower;

import io.millrace.binlog.event.BinlogEvent;

/**
 * One of several sessions that apply rows at the same time, each its own transactions of the follower: {@link #begin}, {@link #apply}
 * for each event, {@link #flush}, {@link #commit}. Data and the worker's own checkpoint become durable together. One thread.
 */
public interface WorkerSession extends AutoCloseable {
    /** Tells the format of the events that follow. */
    void format(BinlogEvent formatDescription) throws FollowerException;

    /** Begins a transaction of the follower. */
    void begin();

    /** Takes a table map or rows event; it may be kept until enough have come. */
    void apply(BinlogEvent event) throws FollowerException;

    /** Gives the follower everything taken, so that nothing but the commit is left. */
    void flush() throws FollowerException;

    /**
     * Commits everything since {@link #begin}, and with it a checkpoint.
     *
     * @param reached up to where everything is durably applied with this commit; its GTIDs may go further
     */
    void commit(Checkpoint reached) throws FollowerException;

    /** Gives up the open transaction, and with it every lock. */
    void rollback() throws FollowerException;

    @Override
    void close();
}
