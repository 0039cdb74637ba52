package io.millrace.binlog.event;

import java.nio.ByteBuffer;

/**
 * {@code LOAD DATA} that was logged as a statement, whose file stands in the events before it.
 *
 * @param query the statement as it was at the leader, and its session
 * @param fileId which of the file's blocks are meant
 * @param nameFrom where in the statement the part with the file's name begins, in bytes
 * @param nameTo where that part, up to and with {@code INTO}, ends
 * @param duplicates what happens to rows that are there already: 0 error, 1 IGNORE, 2 REPLACE
 * @see <a href=
 *      "https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Execute__load__query__event.html">Execute_load_query_event</a>
 */
public record ExecuteLoadEvent(QueryEvent query, long fileId, int nameFrom, int nameTo, int duplicates) {
    private static final int POST_HEADER = 26;
    private static final int FILE_ID = 13;

    /** Reads the body of an {@code EXECUTE_LOAD_QUERY} event. */
    public static ExecuteLoadEvent read(ByteBuffer body) {
        return new ExecuteLoadEvent(QueryEvent.read(body, POST_HEADER), fileId(body, FILE_ID), body.getInt(FILE_ID + 4), body.getInt(FILE_ID + 8),
                body.get(FILE_ID + 12));
    }

    /** The id of the file that a {@code BEGIN_LOAD_QUERY} or {@code APPEND_BLOCK} event carries a block of; the block follows it. */
    public static long blockOf(ByteBuffer body) {
        return fileId(body, 0);
    }

    private static long fileId(ByteBuffer body, int at) {
        return Integer.toUnsignedLong(body.getInt(at));
    }

    /** The statement, one character a byte, with the file sent by the client. */
    public String withLocalFile() {
        String text = query.latin1();
        String how = switch (duplicates) {
            case 1 -> "IGNORE ";
            case 2 -> "REPLACE ";
            default -> "";
        };
        return text.substring(0, nameFrom) + " LOCAL INFILE 'log' " + how + "INTO " + text.substring(nameTo);
    }
}
