package io.millrace.binlog.row;

import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * The rows of one event, still in bytes.
 *
 * @param flags see the constants here
 * @param columnCount of the table, not of the images
 * @param before the columns of the before image (of the only image of an insert)
 * @param after the columns of the after image of an update
 * @param rows the images, one after the other
 */
public record RowsEvent(long tableId, int flags, Kind kind, int columnCount, BitSet before, BitSet after, ByteBuffer rows) {
    /** The statement is whole with this event. */
    public static final int STATEMENT_END = 1;
    /** Flag: whoever applies these rows does not look whether parents and children exist. */
    public static final int NO_FOREIGN_KEY_CHECKS = 2;
    /** Flag since MySQL 9.6: what foreign keys cascade is in the log, before the rows that caused it. */
    public static final int CASCADES_LOGGED = 16;
    /** Where the flags stand, from the first byte of the body. */
    public static final int FLAGS_OFFSET = 6;

    /** What happened to the rows. */
    public enum Kind {
        INSERT, UPDATE, DELETE,
        /** An update whose JSON columns hold differences. */
        PARTIAL_UPDATE
    }

    public boolean endsStatement() {
        return (flags & STATEMENT_END) != 0;
    }
}
