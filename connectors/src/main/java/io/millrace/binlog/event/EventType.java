package io.millrace.binlog.event;

import java.util.Map;

/**
 * The type codes of events under the server's own names. A code that is not here is passed on untouched.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/namespacemysql_1_1binlog_1_1event.html">Log_event_type</a>
 */
public final class EventType {
    public static final int QUERY = 2;
    public static final int STOP = 3;
    public static final int ROTATE = 4;
    public static final int INTVAR = 5;
    public static final int APPEND_BLOCK = 9;
    public static final int RAND = 13;
    public static final int USER_VAR = 14;
    public static final int FORMAT_DESCRIPTION = 15;
    public static final int XID = 16;
    public static final int BEGIN_LOAD_QUERY = 17;
    public static final int EXECUTE_LOAD_QUERY = 18;
    public static final int TABLE_MAP = 19;
    public static final int WRITE_ROWS_V1 = 23;
    public static final int UPDATE_ROWS_V1 = 24;
    public static final int DELETE_ROWS_V1 = 25;
    public static final int INCIDENT = 26;
    public static final int HEARTBEAT = 27;
    public static final int ROWS_QUERY = 29;
    public static final int WRITE_ROWS = 30;
    public static final int UPDATE_ROWS = 31;
    public static final int DELETE_ROWS = 32;
    public static final int GTID = 33;
    public static final int ANONYMOUS_GTID = 34;
    public static final int PREVIOUS_GTIDS = 35;
    public static final int TRANSACTION_CONTEXT = 36;
    public static final int VIEW_CHANGE = 37;
    public static final int XA_PREPARE = 38;
    public static final int PARTIAL_UPDATE_ROWS = 39;
    public static final int TRANSACTION_PAYLOAD = 40;
    public static final int HEARTBEAT_V2 = 41;
    public static final int GTID_TAGGED = 42;
    public static final int MARIADB_ANNOTATE_ROWS = 160;
    public static final int MARIADB_BINLOG_CHECKPOINT = 161;
    public static final int MARIADB_GTID = 162;
    public static final int MARIADB_GTID_LIST = 163;
    public static final int MARIADB_START_ENCRYPTION = 164;
    public static final int MARIADB_QUERY_COMPRESSED = 165;
    public static final int MARIADB_WRITE_ROWS_COMPRESSED_V1 = 166;
    public static final int MARIADB_UPDATE_ROWS_COMPRESSED_V1 = 167;
    public static final int MARIADB_DELETE_ROWS_COMPRESSED_V1 = 168;
    public static final int MARIADB_WRITE_ROWS_COMPRESSED = 169;
    public static final int MARIADB_UPDATE_ROWS_COMPRESSED = 170;
    public static final int MARIADB_DELETE_ROWS_COMPRESSED = 171;

    private static final Map<Integer, String> NAMES = Map.ofEntries(Map.entry(QUERY, "QUERY"), Map.entry(STOP, "STOP"), Map.entry(ROTATE, "ROTATE"),
            Map.entry(FORMAT_DESCRIPTION, "FORMAT_DESCRIPTION"), Map.entry(XID, "XID"), Map.entry(TABLE_MAP, "TABLE_MAP"),
            Map.entry(INCIDENT, "INCIDENT"), Map.entry(WRITE_ROWS, "WRITE_ROWS"), Map.entry(UPDATE_ROWS, "UPDATE_ROWS"),
            Map.entry(DELETE_ROWS, "DELETE_ROWS"), Map.entry(GTID, "GTID"), Map.entry(ANONYMOUS_GTID, "ANONYMOUS_GTID"),
            Map.entry(PREVIOUS_GTIDS, "PREVIOUS_GTIDS"), Map.entry(XA_PREPARE, "XA_PREPARE"), Map.entry(PARTIAL_UPDATE_ROWS, "PARTIAL_UPDATE_ROWS"),
            Map.entry(TRANSACTION_PAYLOAD, "TRANSACTION_PAYLOAD"), Map.entry(GTID_TAGGED, "GTID_TAGGED"), Map.entry(MARIADB_GTID, "GTID"),
            Map.entry(BEGIN_LOAD_QUERY, "BEGIN_LOAD_QUERY"), Map.entry(EXECUTE_LOAD_QUERY, "EXECUTE_LOAD_QUERY"));

    private EventType() {
    }

    /** The server's name for a type, or its number. */
    public static String name(int type) {
        return NAMES.getOrDefault(type, "type " + type);
    }

    /** Whether an event of this type opens a transaction. */
    public static boolean isGtid(int type) {
        return type == GTID || type == ANONYMOUS_GTID || type == GTID_TAGGED || type == MARIADB_GTID;
    }

    /** Whether an event of this type carries rows of a table, compressed or not. */
    public static boolean isRows(int type) {
        return (type >= WRITE_ROWS_V1 && type <= DELETE_ROWS_V1) || (type >= WRITE_ROWS && type <= DELETE_ROWS) || type == PARTIAL_UPDATE_ROWS
                || isCompressedRows(type);
    }

    /** Whether MariaDB compressed the rows of this event ({@code log_bin_compress}). */
    public static boolean isCompressedRows(int type) {
        return type >= MARIADB_WRITE_ROWS_COMPRESSED_V1 && type <= MARIADB_DELETE_ROWS_COMPRESSED;
    }
}
