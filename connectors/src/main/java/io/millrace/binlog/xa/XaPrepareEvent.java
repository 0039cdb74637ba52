package io.millrace.binlog.xa;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * The end of an XA transaction's first phase, or of a whole one that commits in one phase.
 *
 * @param xid as {@code XA COMMIT} events name it: {@code X'…',X'…',format}
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/xa-statements.html">XA Transaction SQL Statements</a>
 */
public record XaPrepareEvent(boolean onePhase, String xid) {
    private static final int DATA = 13;

    /** Reads the body of an {@code XA_PREPARE} event. */
    public static XaPrepareEvent read(ByteBuffer body) {
        int format = body.getInt(1);
        byte[] global = new byte[body.getInt(5)];
        byte[] branch = new byte[body.getInt(9)];
        body.get(DATA, global);
        body.get(DATA + global.length, branch);
        return new XaPrepareEvent(body.get(0) != 0,
                "X'" + HexFormat.of().formatHex(global) + "',X'" + HexFormat.of().formatHex(branch) + "'," + format);
    }
}
