package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.row.JsonDiff;
import io.millrace.binlog.row.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** A partial JSON update as an expression over the column's old value. */
final class JsonPatch {
    private JsonPatch() {
    }

    static String expression(String column, List<JsonDiff> diffs) {
        String expression = column;
        for (JsonDiff diff : diffs) {
            String path = "CONVERT(x'" + HexFormat.of().formatHex(diff.path().getBytes(StandardCharsets.UTF_8)) + "' USING utf8mb4)";
            expression = switch (diff.operation()) {
                case REPLACE -> "JSON_REPLACE(" + expression + ", " + path + ", " + value(diff) + ")";
                case INSERT ->
                    (diff.path().endsWith("]") ? "JSON_ARRAY_INSERT(" : "JSON_INSERT(") + expression + ", " + path + ", " + value(diff) + ")";
                case REMOVE -> "JSON_REMOVE(" + expression + ", " + path + ")";
            };
        }
        return expression;
    }

    private static String value(JsonDiff diff) {
        return SqlLiterals.json(JsonText.of(diff.value()));
    }
}
