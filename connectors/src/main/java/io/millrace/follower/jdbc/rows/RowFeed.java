package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.event.BinlogEvent;
import java.sql.SQLException;
import java.util.List;

/** Turns table maps and rows into statements. One thread. */
public interface RowFeed {
    /**
     * Something to run, as one packet.
     *
     * @param counts how many rows each of its statements must count, or {@link #ANY_COUNT}; nothing where the last is {@code BINLOG}, at
     *            which only the first has a result
     */
    record Packet(String sql, List<Integer> counts) {
        /** The rows that a statement counts do not matter. */
        public static final int ANY_COUNT = -1;

        public Packet {
            counts = List.copyOf(counts);
        }

        static Packet uncounted(String sql) {
            return new Packet(sql, List.of());
        }
    }

    /** Takes the format of the events that follow; what to run for it at once. */
    List<Packet> format(BinlogEvent formatDescription);

    /** Takes a table map or rows event; what is full with it. */
    List<Packet> add(BinlogEvent event) throws SQLException;

    /** Everything taken and not yet given. */
    List<Packet> drain() throws SQLException;

    /** Whether the rows of a statement of the leader must stay in one statement from here on. */
    void keepWhole(boolean wanted);

    /** Forgets what was taken and not given. */
    void clear();

    /** A statement of the leader was run, which may have changed what the session checks. */
    void sessionChanged();

    /** A statement may have changed tables: what was known of them is asked again. */
    void definitionsChanged();
}
