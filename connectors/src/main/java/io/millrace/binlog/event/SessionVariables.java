package io.millrace.binlog.event;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The session variables that a statement event carries, by name, each value as an SQL literal that {@code SET SESSION} takes.
 *
 * @param values in the order in which they should be set
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Query__event.html">Query_event status
 *      variables</a>
 */
public record SessionVariables(Map<String, String> values) {
    private static final int FLAG_AUTO_IS_NULL = 1 << 14;
    private static final int FLAG_NO_AUTOCOMMIT = 1 << 19;
    private static final int FLAG_NO_FOREIGN_KEY_CHECKS = 1 << 26;
    private static final int FLAG_RELAXED_UNIQUE_CHECKS = 1 << 27;
    /** MariaDB's; MySQL has a variable of its own for it. */
    private static final int FLAG_EXPLICIT_DEFAULTS = 1 << 24;
    private static final int START_ALTER = 2;
    private static final int COMMIT_ALTER = 4;
    private static final int ROLLBACK_ALTER = 8;
    /**
     * Key under which "1" stands for a statement that is only announced, or taken back: MariaDB's {@code binlog_alter_two_phase} logs one ALTER
     * twice.
     */
    public static final String UNDONE = "undone";
    /** The numbers of the collations that character sets have where a definition names none; MariaDB 11.2 and later. */
    public static final String COLLATIONS = "character_set_collations";
    /** Who ran the statement, quoted: whose event it is now, where an ALTER EVENT does not say. */
    public static final String INVOKER = "invoker";
    private static final int TOO_MANY_SCHEMAS = 254;
    /** Key under which MariaDB's flag for {@code explicit_defaults_for_timestamp} stands; nothing in MySQL's events. */
    public static final String EXPLICIT_DEFAULTS = "explicit_defaults";
    /** Key under which the fraction of {@code timestamp} stands, in microseconds. */
    public static final String MICROSECONDS = "microseconds";

    public SessionVariables {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Reads the variables up to the first one that is not known, as the server does. */
    static SessionVariables read(ByteBuffer bytes) {
        Map<String, String> values = new LinkedHashMap<>();
        boolean known = true;
        while (known && bytes.hasRemaining()) {
            known = readOne(bytes, bytes.get() & 0xff, values);
        }
        return new SessionVariables(values);
    }

    private static boolean readOne(ByteBuffer bytes, int code, Map<String, String> values) {
        switch (code) {
            case 0 -> flags(bytes.getInt(), values);
            case 1 -> values.put("sql_mode", Long.toUnsignedString(bytes.getLong()));
            case 2 -> skip(bytes, (bytes.get() & 0xff) + 1);
            case 3 -> {
                values.put("auto_increment_increment", unsignedShort(bytes));
                values.put("auto_increment_offset", unsignedShort(bytes));
            }
            case 4 -> {
                values.put("character_set_client", unsignedShort(bytes));
                values.put("collation_connection", unsignedShort(bytes));
                values.put("collation_server", unsignedShort(bytes));
            }
            case 5 -> values.put("time_zone", "'" + text(bytes) + "'");
            case 6 -> skip(bytes, bytes.get() & 0xff);
            case 7 -> values.put("lc_time_names", unsignedShort(bytes));
            case 8 -> values.put("collation_database", unsignedShort(bytes));
            case 9, 17, 129 -> skip(bytes, 8);
            case 10 -> skip(bytes, 4);
            default -> {
                return readRare(bytes, code, values);
            }
        }
        return true;
    }

    private static boolean readRare(ByteBuffer bytes, int code, Map<String, String> values) {
        switch (code) {
            case 11 -> values.put(INVOKER, quoted(text(bytes)) + "@" + quoted(text(bytes)));
            case 12 -> skipSchemas(bytes);
            case 13, 128 -> values.put(MICROSECONDS, String.valueOf(bytes.getShort() & 0xffff | (bytes.get() & 0xff) << 16));
            case 16 -> values.put("explicit_defaults_for_timestamp", String.valueOf(bytes.get()));
            case 130 -> {
                int flags = bytes.get();
                skip(bytes, (flags & (COMMIT_ALTER | ROLLBACK_ALTER)) == 0 ? 0 : Long.BYTES);
                values.put(UNDONE, (flags & (START_ALTER | ROLLBACK_ALTER)) == 0 ? "0" : "1");
            }
            case 131 -> values.put(COLLATIONS, collations(bytes));
            case 18 -> values.put("default_collation_for_utf8mb4", unsignedShort(bytes));
            case 19 -> values.put("sql_require_primary_key", String.valueOf(bytes.get()));
            case 20 -> values.put("default_table_encryption", String.valueOf(bytes.get()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void flags(int flags, Map<String, String> values) {
        values.put("sql_auto_is_null", bit(flags, FLAG_AUTO_IS_NULL));
        values.put("foreign_key_checks", (flags & FLAG_NO_FOREIGN_KEY_CHECKS) == 0 ? "1" : "0");
        values.put("unique_checks", (flags & FLAG_RELAXED_UNIQUE_CHECKS) == 0 ? "1" : "0");
        values.put(EXPLICIT_DEFAULTS, bit(flags, FLAG_EXPLICIT_DEFAULTS));
        if ((flags & FLAG_NO_AUTOCOMMIT) != 0) {
            values.put("autocommit", "0");
        }
    }

    private static String bit(int flags, int bit) {
        return (flags & bit) == 0 ? "0" : "1";
    }

    private static String unsignedShort(ByteBuffer bytes) {
        return String.valueOf(bytes.getShort() & 0xffff);
    }

    /** Each comes with its character set, of which it is one. */
    private static String collations(ByteBuffer bytes) {
        List<String> numbers = new ArrayList<>();
        for (int left = bytes.get() & 0xff; left > 0; left--) {
            skip(bytes, Short.BYTES);
            numbers.add(unsignedShort(bytes));
        }
        return String.join(",", numbers);
    }

    private static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    private static String text(ByteBuffer bytes) {
        byte[] text = new byte[bytes.get() & 0xff];
        bytes.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private static void skip(ByteBuffer bytes, int count) {
        bytes.position(bytes.position() + count);
    }

    private static void skipSchemas(ByteBuffer bytes) {
        int count = bytes.get() & 0xff;
        for (int i = 0; count < TOO_MANY_SCHEMAS && i < count; i++) {
            int letter = bytes.get();
            while (letter != 0) {
                letter = bytes.get();
            }
        }
    }
}
