package io.millrace.follower.jdbc;

import io.millrace.binlog.event.BinlogEvent;
import java.sql.SQLException;
import java.util.List;

/** Turns table maps and rows into statements. One thread. */
interface RowFeed {
    /** Takes the format of the events that follow; the statements to run for it at once. */
    List<String> format(BinlogEvent formatDescription);

    /** Takes a table map or rows event; the statements that are full with it. */
    List<String> add(BinlogEvent event) throws SQLException;

    /** The statements for everything taken and not yet given. */
    List<String> drain() throws SQLException;

    /** Forgets what was taken and not given. */
    void clear();
}
