package io.millrace.leader;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import java.util.List;
import java.util.Optional;

/** The server we replicate from. Every call opens a connection of its own, so any thread may call. */
public interface Leader {
    /**
     * Asks the leader who it is and where its binlog ends.
     *
     * @throws LeaderException if it cannot be asked
     */
    LeaderProfile profile() throws LeaderException;

    /** The files of the leader's binlog, oldest first. */
    List<BinlogFile> files() throws LeaderException;

    /**
     * The GTIDs of everything before a file, as its head tells.
     *
     * @return empty where the leader writes no GTIDs of MySQL's kind
     */
    Optional<GtidSet> gtidsBefore(String file) throws LeaderException;

    /**
     * Where a new log that needs nothing of the past begins: the leader's open file, or a fresh one where that is long and the leader may
     * be asked for it.
     *
     * @param end where the binlog ended when asked
     */
    String fileToBegin(BinlogCoordinates end) throws LeaderException;

    /**
     * Registers as a replica and asks for the stream.
     *
     * @param from the first byte of an event
     * @param identity of the server that is asked for: another one, to which the address has gone over meanwhile, is not asked
     * @throws LeaderException.Unreachable if another one answers
     */
    EventStream stream(BinlogCoordinates from, String identity) throws LeaderException;

    /**
     * A file of the leader's binlog.
     *
     * @param size in bytes, without an encryption header
     */
    record BinlogFile(String name, long size) {}
}
