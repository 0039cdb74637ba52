package io.millrace.leader;

import io.millrace.binlog.BinlogCoordinates;

/** The leader's events in the order of its log, artificial ones and heartbeats among them. One thread; {@link #close} from any. */
public interface EventStream extends AutoCloseable {
    /**
     * Waits for the next event or part of one. The checksum of each event has been checked when its last part is returned.
     *
     * @throws LeaderException when the stream ends, whatever the cause
     */
    EventPart next() throws LeaderException;

    /**
     * Tells the leader that everything up to there is durable.
     *
     * @param end of an event whose parts said that it is to be acknowledged
     */
    void acknowledge(BinlogCoordinates end) throws LeaderException;

    /** Whether {@link #next} would return without waiting: the end of an arrival batch is where it would not. */
    boolean hasArrived() throws LeaderException;

    /** 4 where the events that arrive now end in a CRC32, else 0; the leader's first artificial events included. */
    int checksumLength();

    @Override
    void close();
}
