package io.millrace.itest.server;

import io.millrace.binlog.BinlogCoordinates;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Binlog coordinates as text, for waiting. */
public final class Coordinates {
    private Coordinates() {
    }

    /** Where a server's binlog ends now. */
    public static String end(DatabaseServer server) throws SQLException {
        String sql = server.kind() == ServerKind.MYSQL_97 ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1) + ":" + row.getLong(2);
        }
    }

    /** Compares {@code file:position} texts as places in one log. */
    public static int compare(String one, String other) {
        return parse(one).compareTo(parse(other));
    }

    private static BinlogCoordinates parse(String text) {
        int colon = text.lastIndexOf(':');
        return new BinlogCoordinates(text.substring(0, colon), Long.parseLong(text.substring(colon + 1)));
    }
}
