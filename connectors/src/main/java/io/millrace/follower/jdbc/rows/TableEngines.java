package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.row.TableMap;
import io.millrace.binlog.row.TableMapReader;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/** Which of the follower's tables can be rolled back. One thread. */
public final class TableEngines {
    private final Connection connection;
    /** By the leader's table id, which changes with the definition. */
    private final Map<Long, Boolean> known = new HashMap<>();

    public TableEngines(Connection connection) {
        this.connection = connection;
    }

    /** Tables may have changed, or ids are given anew. */
    public void forget() {
        known.clear();
    }

    /** Whether the engine of the mapped table has transactions; a table that is not there has. */
    public boolean isTransactional(BinlogEvent tableMap) throws SQLException {
        long id = TableMapReader.tableId(tableMap.body());
        Boolean found = known.get(id);
        if (found == null) {
            found = ask(connection, TableMapReader.read(tableMap.body()));
            known.put(id, found);
        }
        return found;
    }

    static boolean ask(Connection connection, TableMap map) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet engine = statement.executeQuery("SELECT e.TRANSACTIONS FROM information_schema.TABLES t JOIN information_schema.ENGINES e"
                        + " ON e.ENGINE = t.ENGINE WHERE t.TABLE_SCHEMA = " + TableShapes.text(map.schema()) + " AND t.TABLE_NAME = "
                        + TableShapes.text(map.table()))) {
            return !engine.next() || !"NO".equals(engine.getString(1));
        }
    }
}
