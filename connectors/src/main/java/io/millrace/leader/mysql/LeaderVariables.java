package io.millrace.leader.mysql;

import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The global variables of a server; a variable that the server does not know is "". */
record LeaderVariables(Map<String, String> values) {
    LeaderVariables {
        values = Map.copyOf(values);
    }

    static LeaderVariables read(ServerConnection connection) throws IOException {
        QueryResult result = connection.query("SHOW GLOBAL VARIABLES");
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
