package io.millrace.leader.mysql;

import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The global variables of a server that matter to replication; a variable that the server does not know is "". */
record LeaderVariables(Map<String, String> values) {
    private static final String NAMES = "'server_uuid','server_id','version','gtid_mode','log_bin','binlog_format','binlog_row_image',"
            + "'binlog_checksum','enforce_gtid_consistency','binlog_row_value_options','binlog_order_commits','log_slave_updates',"
            + "'log_replica_updates','binlog_expire_logs_seconds','expire_logs_days','binlog_storage_engine','binlog_encryption'";

    LeaderVariables {
        values = Map.copyOf(values);
    }

    static LeaderVariables read(ServerConnection connection) throws IOException {
        QueryResult result = connection.query("SHOW GLOBAL VARIABLES WHERE Variable_name IN (" + NAMES + ")");
        Map<String, String> values = new TreeMap<>();
        for (int i = 0; i < result.rows().size(); i++) {
            values.put(result.text(i, 0).toLowerCase(Locale.ROOT), result.text(i, 1));
        }
        return new LeaderVariables(values);
    }

    String get(String name) {
        return values.getOrDefault(name, "");
    }

    boolean isOn(String name) {
        return get(name).equalsIgnoreCase("ON") || get(name).equals("1");
    }
}
