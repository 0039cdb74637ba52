package io.millrace.follower;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.writeset.TableKeys;
import java.io.InputStream;
import java.util.Optional;

/**
 * The one session that applies. A transaction is {@link #begin}, {@link #apply} for each event, {@link #commit}; data and checkpoint
 * become durable together. One thread.
 */
public interface FollowerSession extends AutoCloseable {
    /** Where the follower stood when the session began. */
    Checkpoint start();

    /** Tells the format of the events that follow. */
    void format(BinlogEvent formatDescription) throws FollowerException;

    /** Tells that another file of the same format begins: the leader may number its tables anew. */
    void newFile();

    /** Whether a transaction of this GTID can be applied under it, so that the follower itself remembers it. */
    boolean keepsGtid(Gtid gtid);

    /**
     * Whether the follower can roll back changes of a table. One that cannot, like MyISAM's, is changed in a transaction of its own, so
     * that nothing of it is done twice when others conflict.
     */
    boolean rollsBack(BinlogEvent tableMap) throws FollowerException;

    /** Whether a rollback takes back all that was done since the transaction began, so that doing it again does no harm. */
    default boolean rollsBackAll() {
        return true;
    }

    /** By which keys changes of a table can get in each other's way. */
    TableKeys keys(TableMap table) throws FollowerException;

    /**
     * Opens another session, which applies beside this one; the caller closes it. What it commits counts from here on as much as what this
     * session does, and ends with it when another driver takes over.
     *
     * @param number from 0, one session a number
     */
    WorkerSession worker(int number) throws FollowerException;

    /**
     * Begins a transaction of the follower.
     *
     * @param gtid to apply under; empty for a group of transactions, or where the follower does not keep it
     * @param whole whether each statement of the leader must reach the follower as one: where tables cannot be rolled back, the first
     *            statement uses the GTID up
     */
    void begin(Optional<Gtid> gtid, boolean whole) throws FollowerException;

    /** Whether the rows of one statement of the leader can reach the follower as one statement. */
    boolean sendsWhole();

    /** Takes an event from inside a transaction; it may be kept until enough have come. */
    void apply(BinlogEvent event) throws FollowerException;

    /**
     * Runs a {@code LOAD DATA} that was logged as a statement, inside the open transaction.
     *
     * @param file what is loaded; the caller closes it
     */
    void load(BinlogEvent executeLoad, InputStream file) throws FollowerException;

    /** Commits everything since {@link #begin}, and with it the checkpoint. */
    void commit(Checkpoint reached) throws FollowerException;

    /**
     * Rolls back as the leader did at the end of a transaction of statements, of which some cannot be rolled back and stay; then saves the
     * checkpoint.
     */
    void rollBackAsLogged(Checkpoint reached) throws FollowerException;

    /** Runs a statement that commits by itself, such as DDL, exactly once through any crash. No transaction may be open. */
    void statement(BinlogEvent query, Optional<Gtid> gtid, Checkpoint reached) throws FollowerException;

    /**
     * Runs a statement that commits by itself and opens a transaction of the leader, such as the first half of CREATE TABLE … SELECT.
     * The next {@link #commit} ends it; after a crash between the two it may be run again.
     *
     * @param sql one character a byte
     * @param at where the statement ends in the log
     */
    void prelude(BinlogEvent query, String sql, BinlogCoordinates at) throws FollowerException;

    /** Saves a checkpoint on its own, where nothing changed but the place in the log. */
    void save(Checkpoint reached) throws FollowerException;

    /** Gives up the open transaction. */
    void rollback() throws FollowerException;

    @Override
    void close();
}
