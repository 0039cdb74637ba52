package io.millrace.follower.jdbc.statements;

import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.event.SessionVariables;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Gives a session the leader's view of the world for one statement, and its own back afterwards. */
public final class StatementContext {
    /** The sql_mode bits that 8.0 no longer knows: the old combination modes, and NO_AUTO_CREATE_USER. */
    private static final String OF_8_4 = "restrict_fk_on_non_standard_key";
    private static final String UTF8MB4 = "default_collation_for_utf8mb4";
    private static final String TIMESTAMPS = "explicit_defaults_for_timestamp";
    private static final String BY_NUMBER = " FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IN (";
    /** What MariaDB has since 11.5, and does not log. */
    private static final String OF_11_5 = "'" + Stream.of("utf8mb3", "ucs2", "utf8mb4", "utf16", "utf32")
            .map(charset -> charset + "=" + charset + "_uca1400_ai_ci").collect(Collectors.joining(",")) + "'";
    private static final long REMOVED_MODES = 0x0003ff00L | 1L << 28;

    private final boolean mariaDb;
    private final boolean atLeast8;
    private final Set<String> known;

    /** @param known the session variables that the follower has, lower case */
    public StatementContext(boolean mariaDb, boolean atLeast8, Set<String> known) {
        this.mariaDb = mariaDb;
        this.atLeast8 = atLeast8;
        this.known = Set.copyOf(known);
    }

    /** What an applier thread has and a client session has not; set once, and again after each statement. */
    public String baseline() {
        return set(baselineValues());
    }

    /** The baseline again after a statement that may have set more than it has. */
    String after(QueryEvent event) {
        Map<String, String> values = baselineValues();
        event.context().values().keySet().stream().filter(name -> !name.equals("autocommit")).forEach(name -> values.putIfAbsent(name, "DEFAULT"));
        values.putIfAbsent(UTF8MB4, "DEFAULT");
        if (mariaDb) {
            values.putIfAbsent(SessionVariables.COLLATIONS, "DEFAULT");
            values.putIfAbsent(TIMESTAMPS, "DEFAULT"); // MySQL sets it for DDL alone, and lets nobody change it inside of a transaction.
        }
        return set(values);
    }

    private static Map<String, String> baselineValues() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("sql_mode", "'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'");
        values.put("foreign_key_checks", "1");
        values.put("unique_checks", "1");
        values.put("check_constraint_checks", "1");
        values.put("sql_auto_is_null", "0");
        values.put("character_set_client", "utf8mb4");
        values.put("collation_connection", "utf8mb4_general_ci");
        values.put("auto_increment_increment", "1");
        values.put("auto_increment_offset", "1");
        values.put("time_zone", "'+00:00'");
        values.put("lc_time_names", "'en_US'");
        values.put("timestamp", "DEFAULT");
        values.put("insert_id", "0");
        values.put("restrict_fk_on_non_standard_key", "OFF");
        values.put("sql_require_primary_key", "OFF");
        values.put("sql_generate_invisible_primary_key", "OFF");
        values.put("show_create_table_skip_secondary_engine", "OFF");
        values.put("innodb_lock_wait_timeout", "50");
        values.put("wait_timeout", "28800");
        values.put("system_versioning_alter_history", "KEEP");
        values.put("max_statement_time", "0");
        values.put("max_execution_time", "0");
        return values;
    }

    /** How the follower says that an event runs on the leader only. */
    String disabledEvent() {
        return mariaDb || !known.contains(OF_8_4) ? "DISABLE ON SLAVE" : "DISABLE ON REPLICA";
    }

    /**
     * What must be set before a statement of the leader.
     *
     * @param uca whether the leader is MariaDB 11.5 or later, of which every character set of Unicode has another default collation
     */
    String of(QueryEvent event, long timestamp, boolean uca) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : event.context().values().entrySet()) {
            switch (entry.getKey()) {
                case SessionVariables.MICROSECONDS, SessionVariables.UNDONE, SessionVariables.INVOKER, "autocommit" -> {
                }
                case SessionVariables.EXPLICIT_DEFAULTS -> {
                    if (mariaDb) {
                        values.put(TIMESTAMPS, entry.getValue());
                    }
                }
                case SessionVariables.COLLATIONS -> values.put(entry.getKey(), collations(entry.getValue()));
                case "character_set_client" -> values.put(entry.getKey(), charset(entry.getValue()));
                case "sql_mode" -> values.put("sql_mode", mode(entry.getValue()));
                default -> values.put(entry.getKey(), entry.getValue());
            }
        }
        values.putIfAbsent(SessionVariables.COLLATIONS, uca ? OF_11_5 : "''");
        values.putIfAbsent(UTF8MB4, "utf8mb4_general_ci"); // Leaders that do not say so have no other.
        String micros = event.context().values().getOrDefault(SessionVariables.MICROSECONDS, "0");
        values.put("timestamp", timestamp + "." + "0".repeat(6 - micros.length()) + micros);
        values.put("pseudo_thread_id", Long.toString(event.threadId()));
        return set(values);
    }

    private static String collations(String numbers) {
        return numbers.isEmpty() ? "''" : "(SELECT GROUP_CONCAT(CHARACTER_SET_NAME, '=', FULL_COLLATION_NAME)" + BY_NUMBER + numbers + "))";
    }

    /** MariaDB knows a character set by the number of one of its collations only, and logs that of any. */
    private String charset(String number) {
        return known.contains(SessionVariables.COLLATIONS) ? "(SELECT CHARACTER_SET_NAME" + BY_NUMBER + number + "))" : number;
    }

    private String mode(String bits) {
        long mode = Long.parseUnsignedLong(bits);
        return Long.toUnsignedString(atLeast8 && !mariaDb ? mode & ~REMOVED_MODES : mode);
    }

    private String set(Map<String, String> values) {
        List<String> assignments = new ArrayList<>();
        values.forEach((name, value) -> {
            if (known.contains(name)) {
                assignments.add("SESSION " + name + " = " + value);
            }
        });
        return "SET " + String.join(", ", assignments);
    }
}
