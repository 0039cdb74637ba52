package io.millrace.binlog.event;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A statement and the session it ran in.
 *
 * @param schema the default schema, empty for none
 * @param errorCode what the statement ended with at the leader; 0 for success
 * @param context the session variables that the statement depends on
 * @param statement bytes in the client character set of the context
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Query__event.html">Query_event</a>
 */
public record QueryEvent(long threadId, String schema, int errorCode, SessionVariables context, ByteBuffer statement) {
    private static final int POST_HEADER = 13;

    /** Reads the body of a {@code QUERY} event. */
    public static QueryEvent read(ByteBuffer body) {
        return read(body, POST_HEADER);
    }

    /** Reads a body that begins as a query's does but has a longer post-header. */
    static QueryEvent read(ByteBuffer body, int postHeader) {
        int schemaLength = body.get(8) & 0xff;
        int variablesLength = body.getShort(11) & 0xffff;
        int schemaStart = postHeader + variablesLength;
        byte[] schema = new byte[schemaLength];
        body.get(schemaStart, schema);
        int statementStart = schemaStart + schemaLength + 1;
        return new QueryEvent(Integer.toUnsignedLong(body.getInt(0)), new String(schema, StandardCharsets.UTF_8), body.getShort(9) & 0xffff,
                SessionVariables.read(body.slice(postHeader, variablesLength).order(body.order())),
                body.slice(statementStart, body.limit() - statementStart));
    }

    /** The statement as one character a byte: good for keywords, and for sending it on byte for byte. */
    public String latin1() {
        byte[] text = new byte[statement.remaining()];
        statement.get(statement.position(), text);
        return new String(text, StandardCharsets.ISO_8859_1);
    }
}
