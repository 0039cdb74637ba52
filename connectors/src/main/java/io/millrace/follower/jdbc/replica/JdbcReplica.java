package io.millrace.follower.jdbc.replica;

import io.millrace.binlog.ServerIdentity;
import com.zaxxer.hikari.HikariDataSource;
import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.config.FollowerConfig;
import io.millrace.connection.ServerVersion;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerProfile;
import io.millrace.follower.jdbc.ProfileReader;
import io.millrace.follower.Replica;
import io.millrace.follower.ReplicaStatus;
import io.millrace.follower.jdbc.FollowerErrors;
import io.millrace.follower.jdbc.Jdbc;
import io.millrace.follower.jdbc.JdbcSeedCheckpoint;
import io.millrace.preflight.Finding;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A MySQL or MariaDB server as a native replica of ours. Any thread may call.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/change-replication-source-to.html">CHANGE REPLICATION SOURCE TO</a>
 */
public final class JdbcReplica implements Replica {
    private static final int RETRY_SECONDS = 1;
    /** A server gives up after this many; since 9.0 its own default is ten. */
    private static final int RETRIES = 1_000_000_000;
    private static final int HEARTBEAT_SECONDS = 5;

    private final FollowerConfig config;
    private final ReplicaSource source;
    private final HikariDataSource pool;
    private final JdbcSeedCheckpoint seed;
    private final AttachedTable attached;

    /** Nothing is connected before it is needed. */
    public JdbcReplica(FollowerConfig config, ReplicaSource source) {
        this.config = config;
        this.source = source;
        this.pool = Jdbc.pool(config, 1);
        this.seed = new JdbcSeedCheckpoint(config);
        this.attached = new AttachedTable(config.name());
    }

    @Override
    public Optional<Checkpoint> seeded() throws FollowerException {
        try (Connection connection = pool.getConnection()) {
            return seed.read(connection);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was asked whether it is seeded", e);
        }
    }

    @Override
    public ReplicaStatus status() throws FollowerException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            return status(statement, words(statement));
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "its replication was looked at", e);
        }
    }

    private ReplicaStatus status(Statement statement, ReplicaWords words) throws SQLException {
        String gtids = words.version().mariaDb() ? first(statement, "SELECT @@global.gtid_slave_pos") : "";
        ReplicaStatus.Worker none = new ReplicaStatus.Worker(false, false, 0, "");
        ReplicaStatus found = new ReplicaStatus("", false, "", none, none, Optional.empty(), Optional.empty(), "", false, false);
        try (ResultSet row = statement.executeQuery(words.of("SHOW REPLICA STATUS"))) {
            while (row.next()) {
                // A server may replicate from others too, each by a channel with a name; ours has none.
                boolean named = !words.version().mariaDb() && !text(row, "Channel_Name").isEmpty();
                if (!text(row, words.of("Source_Host")).isEmpty() && (!named || found.source().isEmpty())) {
                    found = channel(row, words, gtids);
                }
            }
        }
        return found;
    }

    private ReplicaStatus channel(ResultSet row, ReplicaWords words, String gtids) throws SQLException {
        String host = text(row, words.of("Source_Host"));
        int port = row.getInt(words.of("Source_Port"));
        boolean ourAccount = text(row, words.of("Source_User")).equals(source.user());
        boolean ours = host.equals(source.host()) && port == source.port() && ourAccount;
        String receiving = text(row, words.of("Replica_IO_Running"));
        ReplicaStatus.Worker receiver = new ReplicaStatus.Worker(!receiving.equals("No"), receiving.equals("Yes"), row.getInt("Last_IO_Errno"),
                text(row, "Last_IO_Error"));
        boolean applying = text(row, words.of("Replica_SQL_Running")).equals("Yes");
        ReplicaStatus.Worker applier = new ReplicaStatus.Worker(applying, applying, row.getInt("Last_SQL_Errno"), text(row, "Last_SQL_Error"));
        String reached = words.version().mariaDb()
                ? ServerIdentity.ofMariaDb(text(row, "Master_Server_Id"))
                : text(row, words.of("Source_UUID"));
        return new ReplicaStatus(host + ":" + port, ours, reached, receiver, applier,
                coordinates(row, words.of("Source_Log_File"), words.of("Read_Source_Log_Pos")),
                coordinates(row, words.of("Relay_Source_Log_File"), words.of("Exec_Source_Log_Pos")),
                gtids, words.version().mariaDb() ? text(row, "Using_Gtid").equals("No") : text(row, "Auto_Position").equals("0"),
                ourAccount);
    }

    private static Optional<BinlogCoordinates> coordinates(ResultSet row, String file, String position) throws SQLException {
        String name = text(row, file);
        long at = row.getLong(position);
        return name.isEmpty() || at < BinlogCoordinates.HEAD ? Optional.empty() : Optional.of(new BinlogCoordinates(name, at));
    }

    private static String text(ResultSet row, String column) throws SQLException {
        String value = row.getString(column);
        return value == null ? "" : value;
    }

    @Override
    public boolean isBeingSeeded() throws FollowerException {
        try (Connection connection = pool.getConnection()) {
            return seed.isUnfinished(connection);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "its seeding was looked up", e);
        }
    }

    @Override
    public GtidSet executed() throws FollowerException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            return version(statement).mariaDb() || !hasGtids(statement) ? GtidSet.empty() : executedFromOthers(statement);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "its GTIDs were read", e);
        }
    }

    private static boolean hasGtids(Statement statement) throws SQLException {
        return first(statement, "SELECT @@global.gtid_mode").equals("ON");
    }

    private static GtidSet executedFromOthers(Statement statement) throws SQLException {
        return GtidSet.parse(first(statement, "SELECT @@global.gtid_executed")).without(UUID.fromString(first(statement, "SELECT @@server_uuid")));
    }

    @Override
    public GtidSet remembered() throws FollowerException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            return version(statement).mariaDb() || !hasGtids(statement)
                    ? GtidSet.empty()
                    : GtidSet.parse(first(statement, "SELECT @@global.gtid_executed"));
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "its GTIDs were read", e);
        }
    }

    @Override
    public void attach(Optional<ReplicaStart> start, String leader, Set<String> formerLeaders) throws FollowerException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            ReplicaWords words = words(statement);
            ReplicaStatus status = status(statement, words);
            boolean moved = !status.ours() && status.ourAccount() && attached.has(connection)
                    && isOfOurs(attached.leader(connection), leader, status.byPosition() ? Set.of() : formerLeaders);
            if (!status.ours() && !status.source().isEmpty() && !moved) {
                throw new FollowerException.Rejected("The follower " + config.name() + " replicates from " + status.source()
                        + ": take it out of the configuration. " + TO_FOLLOW_AGAIN, null);
            }
            if (moved) {
                pointAnew(statement, words, status.byPosition());
            } else if (!status.ours()) {
                begin(statement, words, start);
            }
            statement.execute(words.of("START REPLICA") + words.channel());
            seed.remove(connection);
            attached.add(connection, leader);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was pointed at Millrace", e);
        }
    }

    /** Another Millrace may have a follower of the same name. */
    private static boolean isOfOurs(String noted, String leader, Set<String> formerLeaders) {
        return noted.isEmpty() || noted.equals(leader) || formerLeaders.contains(noted);
    }

    /** We have another address than before. Whoever is told of another host or port forgets where it was. */
    private void pointAnew(Statement statement, ReplicaWords words, boolean byPosition) throws SQLException, FollowerException {
        statement.execute(words.of("STOP REPLICA") + words.channel());
        ReplicaStatus status = status(statement, words);
        List<String> options = new ArrayList<>(List.of("SOURCE_HOST = " + quote(source.host()), "SOURCE_PORT = " + source.port(),
                "SOURCE_PASSWORD = " + quote(source.password().reveal()), "SOURCE_HEARTBEAT_PERIOD = " + HEARTBEAT_SECONDS,
                "SOURCE_SSL = " + (source.tls() ? 1 : 0)));
        if (byPosition) {
            BinlogCoordinates at = status.applied().orElseThrow(() -> new FollowerException.Rejected("The follower " + config.name()
                    + " replicates from " + status.source() + ", where Millrace was before, and does not say how far it is: point it at "
                    + source.host() + ":" + source.port() + " yourself", null));
            options.addAll(List.of("SOURCE_LOG_FILE = " + quote(at.file()), "SOURCE_LOG_POS = " + at.position()));
        }
        if (words.version().mariaDb()) {
            options.add("SOURCE_USE_GTID = " + (byPosition ? "no" : "slave_pos"));
        }
        change(statement, words, options);
    }

    private static void change(Statement statement, ReplicaWords words, List<String> options) throws SQLException {
        statement.execute(words.of("CHANGE REPLICATION SOURCE TO ")
                + options.stream().map(option -> named(words, option)).collect(Collectors.joining(", ")) + words.channel());
    }

    private void begin(Statement statement, ReplicaWords words, Optional<ReplicaStart> start) throws SQLException {
        List<String> options = new ArrayList<>(List.of("SOURCE_HOST = " + quote(source.host()), "SOURCE_PORT = " + source.port(),
                "SOURCE_USER = " + quote(source.user()), "SOURCE_PASSWORD = " + quote(source.password().reveal()),
                "SOURCE_CONNECT_RETRY = " + RETRY_SECONDS, "SOURCE_HEARTBEAT_PERIOD = " + HEARTBEAT_SECONDS,
                "SOURCE_SSL = " + (source.tls() ? 1 : 0)));
        boolean gtids;
        if (words.version().mariaDb()) {
            gtids = start.isEmpty() || !start.get().mariaDbGtids().isEmpty();
            if (start.isPresent() && gtids) {
                statement.execute("SET GLOBAL gtid_slave_pos = " + quote(start.get().mariaDbGtids()));
            }
            options.add("SOURCE_USE_GTID = " + (gtids ? "slave_pos" : "no"));
        } else {
            gtids = hasGtids(statement) && (start.isEmpty() || !start.get().checkpoint().gtids().isEmpty());
            if (start.isPresent() && gtids) {
                takeGtids(statement, words, start.get().checkpoint().gtids());
            }
            options.add("SOURCE_AUTO_POSITION = " + (gtids ? 1 : 0));
            options.add("SOURCE_RETRY_COUNT = " + RETRIES);
            if (words.version().isMySql(8, 0, 0)) {
                options.add("GET_SOURCE_PUBLIC_KEY = 1");
            }
        }
        if (!gtids && start.isPresent()) {
            BinlogCoordinates from = start.get().checkpoint().coordinates();
            options.addAll(List.of("SOURCE_LOG_FILE = " + quote(from.file()), "SOURCE_LOG_POS = " + from.position()));
        }
        change(statement, words, options);
    }

    /** Only the option's name is a word of the dialect: what it is set to may hold the same letters. */
    private static String named(ReplicaWords words, String option) {
        int equals = option.indexOf(" = ");
        return words.of(option.substring(0, equals)) + option.substring(equals);
    }

    /** Neither what the seeding left in the server's log nor what the server had before counts: it is what the snapshot is. */
    private static void takeGtids(Statement statement, ReplicaWords words, GtidSet gtids) throws SQLException {
        if (!GtidSet.parse(first(statement, "SELECT @@global.gtid_executed")).equals(gtids)) {
            statement.execute(words.reset());
            statement.execute("SET GLOBAL gtid_purged = '" + gtids + "'");
        }
    }

    private static String quote(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    @Override
    public void detach() throws FollowerException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            ReplicaWords words = words(statement);
            attached.remove(connection); // First: a replica without the note is only one that gets it again.
            statement.execute(words.of("STOP REPLICA") + words.channel());
            statement.execute(words.of("RESET REPLICA ALL") + words.channel());
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "its replication was ended", e);
        }
    }

    @Override
    public boolean noteAttached(String leader) throws FollowerException {
        try (Connection connection = pool.getConnection()) {
            return attached.add(connection, leader);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was noted to be a replica", e);
        }
    }

    @Override
    public String attachedTo() throws FollowerException {
        try (Connection connection = pool.getConnection()) {
            return attached.leader(connection);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was asked whose replica it is", e);
        }
    }

    @Override
    public boolean wasAttached() throws FollowerException {
        try (Connection connection = pool.getConnection()) {
            return attached.has(connection);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was asked whether it was a replica", e);
        }
    }

    @Override
    public boolean renewPassword() throws FollowerException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            ReplicaWords words = words(statement);
            ReplicaStatus status = status(statement, words);
            boolean whole = words.version().mariaDb(); // It forgets what it has received and not applied, and must stand still.
            if (whole && !asksByGtid(statement) && !status.received().equals(status.applied())) {
                return false;
            }
            statement.execute(words.of(whole ? "STOP REPLICA" : "STOP REPLICA IO_THREAD") + words.channel());
            statement.execute(words.of("CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = ") + quote(source.password().reveal()) + words.channel());
            statement.execute(words.of(whole && status.applier().running() ? "START REPLICA" : "START REPLICA IO_THREAD") + words.channel());
            return true;
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was given its password again", e);
        }
    }

    /** Then it asks again for what it has not applied. */
    private static boolean asksByGtid(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW SLAVE STATUS")) {
            return row.next() && !text(row, "Using_Gtid").equals("No");
        }
    }

    @Override
    public void startReceiver() throws FollowerException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            ReplicaWords words = words(statement);
            statement.execute(words.of("START REPLICA IO_THREAD") + words.channel());
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "its receiver was started", e);
        }
    }

    @Override
    public void stopReceiver() throws FollowerException {
        try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
            ReplicaWords words = words(statement);
            statement.execute(words.of("STOP REPLICA IO_THREAD") + words.channel());
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "its receiver was stopped", e);
        }
    }

    @Override
    public FollowerProfile profile() throws FollowerException {
        try (Connection connection = pool.getConnection()) {
            return ProfileReader.read(connection);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was asked who it is", e);
        }
    }

    @Override
    public List<Finding> check() throws FollowerException {
        try (Connection connection = Jdbc.connect(config); Statement statement = connection.createStatement()) {
            return ReplicaPreflight.check(config, version(statement), statement);
        } catch (SQLException e) {
            throw FollowerErrors.of(config.label(), "it was checked", e);
        }
    }

    private static ReplicaWords words(Statement statement) throws SQLException {
        return new ReplicaWords(version(statement));
    }

    private static ServerVersion version(Statement statement) throws SQLException {
        return ServerVersion.parse(first(statement, "SELECT @@version"));
    }

    private static String first(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            String value = row.next() ? row.getString(1) : null;
            return value == null ? "" : value;
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
