package io.millrace.follower.jdbc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * A user variable that a statement refers to, as an assignment.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1User__var__event.html">User_var_event</a>
 */
final class UserVariable {
    private static final int REAL = 1;
    private static final int INTEGER = 2;
    private static final int DECIMAL = 4;

    private UserVariable() {
    }

    static String assignment(ByteBuffer body) {
        byte[] name = new byte[body.getInt()];
        body.get(name);
        return "@`" + new String(name, StandardCharsets.ISO_8859_1).replace("`", "``") + "` := " + value(body);
    }

    private static String value(ByteBuffer body) {
        if (body.get() != 0) {
            return "NULL";
        }
        int type = body.get();
        int collation = body.getInt();
        byte[] bytes = new byte[body.getInt()];
        body.get(bytes);
        ByteBuffer value = ByteBuffer.wrap(bytes).order(body.order());
        return switch (type) {
            case REAL -> Double.toString(value.getDouble());
            case INTEGER -> body.hasRemaining() && body.get() != 0 ? Long.toUnsignedString(value.getLong()) : Long.toString(value.getLong());
            case DECIMAL ->
                throw new IllegalArgumentException("a DECIMAL user variable in a statement event cannot be applied: use binlog_format=ROW");
            default -> "CONVERT(x'" + HexFormat.of().formatHex(bytes) + "' USING " + (collation == 63 ? "binary" : "utf8mb4") + ")";
        };
    }
}
