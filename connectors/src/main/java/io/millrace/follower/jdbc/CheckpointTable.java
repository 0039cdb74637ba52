package io.millrace.follower.jdbc;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** {@code millrace.checkpoint} on the follower: one row a follower name, written in the transaction of the data. */
final class CheckpointTable {
    /** With a follower's name, and a worker's number where it is one: the lock that whoever drives it holds. */
    static final String LOCK = "millrace:";
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
        statement.execute("CREATE TABLE IF NOT EXISTS millrace.seed_schema (name VARCHAR(48) CHARACTER SET ascii NOT NULL,"
                + " schema_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,"
                + " noted_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (name, schema_name)) ENGINE=InnoDB");
        AppliedTable.create(statement);
        createWorkers(statement);
    }

    private static void createWorkers(Statement statement) throws SQLException {
        statement.execute("CREATE TABLE IF NOT EXISTS millrace.worker (name VARCHAR(48) CHARACTER SET ascii NOT NULL, worker INT UNSIGNED NOT NULL,"
                + " epoch BIGINT UNSIGNED NOT NULL, leader CHAR(36) CHARACTER SET ascii NOT NULL, file VARCHAR(255) NOT NULL,"
                + " position BIGINT UNSIGNED NOT NULL, gtid_set MEDIUMTEXT CHARACTER SET ascii NOT NULL, PRIMARY KEY (name, worker)) ENGINE=InnoDB");
    }

    /** Where the follower stands, workers and all; a schema that is missing is no checkpoint. */
    Optional<Checkpoint> read(Connection connection) throws SQLException {
        return read(connection, "");
    }

    private Optional<Checkpoint> read(Connection connection, String locking) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement
                        .executeQuery("SELECT leader, file, position, gtid_set, prepared_xa FROM millrace.checkpoint WHERE " + key + locking)) {
            if (!row.next()) {
                return Optional.empty();
            }
            Checkpoint own = new Checkpoint(row.getString(1), new BinlogCoordinates(row.getString(2), row.getLong(3)),
                    GtidSet.parse(row.getString(4)), parseXa(row.getString(5)));
            return Optional.of(withWorkers(connection, own, locking));
        } catch (SQLException e) {
            if (isMissing(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Whether Millrace has applied changes since it was seeded; until then what the server remembers by GTID may be of an older time. */
    boolean wasDriven(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(readEpoch())) {
            return row.next() && row.getLong(1) > 1;
        }
    }

    /** The other names under which this server is a follower that a session drives now. */
    Set<String> drivenByOthers(Connection connection) throws SQLException {
        Set<String> names = new TreeSet<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT name FROM millrace.checkpoint WHERE NOT " + key + " AND IS_USED_LOCK(CONCAT('"
                        + LOCK + "', name)) IS NOT NULL")) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        } catch (SQLException e) {
            if (!isMissing(e)) {
                throw e;
            }
        }
        return names;
    }

    /** Whether there are no tables of ours. */
    static boolean isMissing(SQLException e) {
        return e.getErrorCode() == FollowerErrors.ER_NO_SUCH_TABLE || e.getErrorCode() == FollowerErrors.ER_BAD_DB;
    }

    /** Up to each worker's coordinates everything was applied when it wrote them; its GTIDs may go further. */
    private Checkpoint withWorkers(Connection connection, Checkpoint own, String locking) throws SQLException {
        BinlogCoordinates furthest = own.coordinates();
        GtidSet gtids = own.gtids();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT leader, file, position, gtid_set FROM millrace.worker WHERE " + key + locking)) {
            while (row.next()) {
                BinlogCoordinates reached = new BinlogCoordinates(row.getString(2), row.getLong(3));
                furthest = row.getString(1).equals(own.leader()) && reached.compareTo(furthest) > 0 ? reached : furthest;
                gtids = gtids.union(GtidSet.parse(row.getString(4)));
            }
        } catch (SQLException e) {
            if (!isMissing(e)) {
                throw e; // A follower that was seeded before there were workers has no such table.
            }
        }
        return new Checkpoint(own.leader(), furthest, gtids, own.preparedXa());
    }

    /**
     * Makes a new driver's epoch: takes what workers of an older one have reached into the one row and removes theirs, so that what they
     * still do is in vain. Waits for what they are committing.
     *
     * @return where the follower stands; empty if it has no checkpoint
     */
    Optional<Checkpoint> takeOver(Connection connection, Statement statement) throws SQLException {
        if (read(connection).isEmpty()) {
            return Optional.empty();
        }
        try (ResultSet table = statement.executeQuery("SHOW TABLES FROM millrace LIKE 'worker'")) {
            if (!table.next()) {
                createWorkers(statement);
            }
        }
        statement.execute("START TRANSACTION");
        Optional<Checkpoint> reached = read(connection, " FOR UPDATE");
        if (reached.isPresent()) {
            statement.executeUpdate("UPDATE millrace.checkpoint SET epoch = epoch + 1, " + place(reached.get()) + " WHERE " + key);
            statement.executeUpdate("DELETE FROM millrace.worker WHERE " + key);
        }
        statement.execute("COMMIT");
        return reached;
    }

    /** Makes a worker's row, or takes over what an earlier session of it left, if the driver of that epoch is still the one. */
    String insertWorker(int worker, long epoch) {
        return "INSERT INTO millrace.worker (name, worker, epoch, leader, file, position, gtid_set)"
                + " SELECT c.name, " + worker + ", c.epoch, c.leader, c.file, c.position, c.gtid_set FROM millrace.checkpoint c WHERE c." + key
                + " AND c.epoch = " + epoch + " LOCK IN SHARE MODE ON DUPLICATE KEY UPDATE epoch = VALUES(epoch)";
    }

    /** Forgets the workers of a follower that is to be seeded. */
    String deleteWorkers() {
        return "DELETE FROM millrace.worker WHERE " + key;
    }

    static FollowerException fenced(String follower, long epoch) {
        return new FollowerException.Fenced("Another Millrace drives the follower " + follower + " now (its epoch has passed " + epoch
                + "): this one stops; run only one");
    }

    /** The mark of a statement that commits by itself, which was begun and its end not noted; empty if there is none. */
    String readPending() {
        return "SELECT pending FROM millrace.checkpoint WHERE " + key;
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
        return "UPDATE millrace.checkpoint SET " + place(checkpoint) + ", prepared_xa = '" + formatXa(checkpoint.preparedXa())
                + "', pending = '' WHERE " + key + " AND epoch = " + epoch;
    }

    String markPending(String mark, long epoch) {
        return "UPDATE millrace.checkpoint SET pending = " + text(mark) + " WHERE " + key + " AND epoch = " + epoch;
    }

    String readEpoch() {
        return "SELECT epoch FROM millrace.checkpoint WHERE " + key;
    }

    /** Assigns everything that a worker's row has too. */
    static String place(Checkpoint checkpoint) {
        return "leader = '" + checkpoint.leader() + "', file = " + text(checkpoint.coordinates().file()) + ", position = "
                + checkpoint.coordinates().position() + ", gtid_set = '" + checkpoint.gtids() + "'";
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
