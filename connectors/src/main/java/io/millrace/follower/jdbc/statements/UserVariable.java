package io.millrace.follower.jdbc.statements;

import io.millrace.binlog.row.DecimalReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * A user variable that a statement refers to.
 *
 * @param literal its value as an SQL literal; text without its character set
 * @param isText whether the value is text in {@code collation}
 * @param collation the number of the value's collation
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1User__var__event.html">User_var_event</a>
 */
record UserVariable(String name, String literal, boolean isText, int collation) {
    private static final int TEXT = 0;
    private static final int REAL = 1;
    private static final int INTEGER = 2;

    /** Reads the body of a {@code USER_VAR} event. */
    static UserVariable read(ByteBuffer body) {
        ByteBuffer event = body.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        byte[] name = new byte[event.getInt()];
        event.get(name);
        String text = new String(name, StandardCharsets.ISO_8859_1);
        if (event.get() != 0) {
            return new UserVariable(text, "NULL", false, 0);
        }
        int type = event.get();
        int collation = event.getInt();
        byte[] value = new byte[event.getInt()];
        event.get(value);
        boolean unsigned = event.hasRemaining() && (event.get() & 1) != 0;
        return new UserVariable(text, literal(type, value, unsigned), type == TEXT, collation);
    }

    private static String literal(int type, byte[] bytes, boolean unsigned) {
        ByteBuffer value = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return switch (type) {
            case TEXT -> "x'" + HexFormat.of().formatHex(bytes) + "'";
            case REAL -> floating(value.getDouble());
            case INTEGER -> unsigned ? Long.toUnsignedString(value.getLong()) : Long.toString(value.getLong());
            default -> DecimalReader.read(value.get(), value.get(), value);
        };
    }

    /** Without an exponent it would be a DECIMAL. */
    private static String floating(double value) {
        String text = Double.toString(value);
        return text.contains("E") ? text : text + "E0";
    }

    /** {@code @name := value}, for {@code SET}; the pattern puts the collation around text. */
    String assignment(String pattern) {
        return "@`" + name.replace("`", "``") + "` := " + (isText ? pattern.formatted(literal) : literal);
    }
}
