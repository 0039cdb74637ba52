package io.millrace.follower.jdbc;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** {@code millrace.checkpoint} on the follower: one row a follower name, written in the transaction of the data. */
final class CheckpointTable {
    private static final HexFormat HEX = HexFormat.of();

    private final String key;

    CheckpointTable(String follower) {
        this.key = "name = '" + follower + "'";
    }

    /** Makes the schema where it is missing. */
    static void create(Statement statement) throws SQLException {
        statement.execute("CREATE DATABASE IF NOT EXISTS millrace");
        statement.execute("CREATE TABLE IF NOT EXISTS millrace.checkpoint (name VARCHAR(48) CHARACTER SET ascii NOT NULL PRIMARY KEY,"
                + " epoch BIGINT UNSIGNED NOT NULL, leader CHAR(36) CHARACTER SET ascii NOT NULL, file VARCHAR(255) NOT NULL,"
                + " position BIGINT UNSIGNED NOT NULL, gtid_set MEDIUMTEXT CHARACTER SET ascii NOT NULL,"
                + " prepared_xa MEDIUMTEXT CHARACTER SET ascii NOT NULL, pending VARCHAR(300) CHARACTER SET ascii NOT NULL,"
                + " saved_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)) ENGINE=InnoDB");
        statement.execute("CREATE TABLE IF NOT EXISTS millrace.seed (name VARCHAR(48) CHARACTER SET ascii NOT NULL,"
                + " snapshot VARCHAR(64) CHARACTER SET ascii NOT NULL, chunk INT UNSIGNED NOT NULL, PRIMARY KEY (name, snapshot, chunk)) ENGINE=InnoDB");
    }

    /** The row, if there is one; a schema that is missing is no row. */
    Optional<Checkpoint> read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement
                        .executeQuery("SELECT leader, file, position, gtid_set, prepared_xa FROM millrace.checkpoint WHERE " + key)) {
            if (!row.next()) {
                return Optional.empty();
            }
            return Optional.of(new Checkpoint(row.getString(1), new BinlogCoordinates(row.getString(2), row.getLong(3)),
                    GtidSet.parse(row.getString(4)), parseXa(row.getString(5))));
        } catch (SQLException e) {
            if (e.getErrorCode() == FollowerErrors.ER_NO_SUCH_TABLE || e.getErrorCode() == FollowerErrors.ER_BAD_DB) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Whether a statement that commits by itself was begun and its end not noted. */
    boolean isPending(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT pending FROM millrace.checkpoint WHERE " + key)) {
            return row.next() && !row.getString(1).isEmpty();
        }
    }

    String insert(Checkpoint checkpoint) {
        return "INSERT INTO millrace.checkpoint (name, epoch, leader, file, position, gtid_set, prepared_xa, pending) VALUES ("
                + key.substring("name = ".length()) + ", 1, '" + checkpoint.leader() + "', " + text(checkpoint.coordinates().file()) + ", "
                + checkpoint.coordinates().position() + ", '" + checkpoint.gtids() + "', '" + formatXa(checkpoint.preparedXa()) + "', '')"
                + " ON DUPLICATE KEY UPDATE epoch = epoch + 1, leader = VALUES(leader), file = VALUES(file), position = VALUES(position),"
                + " gtid_set = VALUES(gtid_set), prepared_xa = VALUES(prepared_xa), pending = ''";
    }

    /** The update that a driver of that epoch may make; it matches no row when another driver has taken over. */
    String update(Checkpoint checkpoint, long epoch) {
        return "UPDATE millrace.checkpoint SET leader = '" + checkpoint.leader() + "', file = " + text(checkpoint.coordinates().file())
                + ", position = " + checkpoint.coordinates().position() + ", gtid_set = '" + checkpoint.gtids() + "', prepared_xa = '"
                + formatXa(checkpoint.preparedXa()) + "', pending = '' WHERE " + key + " AND epoch = " + epoch;
    }

    String markPending(BinlogCoordinates end, long epoch) {
        return "UPDATE millrace.checkpoint SET pending = " + text(end.toString()) + " WHERE " + key + " AND epoch = " + epoch;
    }

    String raiseEpoch() {
        return "UPDATE millrace.checkpoint SET epoch = epoch + 1 WHERE " + key;
    }

    String readEpoch() {
        return "SELECT epoch FROM millrace.checkpoint WHERE " + key;
    }

    private static String text(String value) {
        return "x'" + HEX.formatHex(value.getBytes(StandardCharsets.UTF_8)) + "'";
    }

    private static String formatXa(Map<String, BinlogCoordinates> prepared) {
        return prepared.entrySet().stream()
                .map(entry -> HEX.formatHex(entry.getKey().getBytes(StandardCharsets.UTF_8)) + "=" + entry.getValue())
                .collect(Collectors.joining(" "));
    }

    private static Map<String, BinlogCoordinates> parseXa(String text) {
        Map<String, BinlogCoordinates> prepared = new TreeMap<>();
        for (String entry : text.split(" ", -1)) {
            int equals = entry.indexOf('=');
            int colon = entry.lastIndexOf(':');
            if (equals > 0) {
                String xid = new String(HEX.parseHex(entry.substring(0, equals)), StandardCharsets.UTF_8);
                prepared.put(xid, new BinlogCoordinates(entry.substring(equals + 1, colon), Long.parseLong(entry.substring(colon + 1))));
            }
        }
        return prepared;
    }
}
