package io.millrace.leader.mysql;

import io.millrace.binlog.ServerIdentity;
import io.millrace.binlog.BinlogCoordinates;
import java.util.Optional;
import io.millrace.leader.EventPart;
import io.millrace.binlog.event.PreviousGtidsReader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.GtidSet;
import io.millrace.config.LeaderConfig;
import io.millrace.config.SnapshotConfig;
import io.millrace.connection.Endpoint;
import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.connection.ServerErrorException;
import io.millrace.leader.EventStream;
import io.millrace.preflight.Finding;
import io.millrace.leader.Leader;
import io.millrace.leader.LeaderException;
import io.millrace.leader.LeaderProfile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A MySQL or MariaDB server. Any thread may call; each call has a connection of its own. */
public final class MySqlLeader implements Leader {
    private static final int ENCRYPTION_HEADER = 512;
    /** The artificial rotate event, the format description and the previous GTIDs. */
    private static final int HEAD_EVENTS = 3;

    private static final long LONG_FILE = 64L << 20;

    private final LeaderConfig config;
    private final Endpoint endpoint;
    private final UUID replicaUuid;
    private final boolean mayRotate;

    /**
     * @param replicaUuid under which we register; it must stay the same for as long as the channel lives
     * @param mayRotate whether the leader may be asked to begin a new binlog file
     */
    public MySqlLeader(LeaderConfig config, UUID replicaUuid, boolean mayRotate) {
        this.mayRotate = mayRotate;
        this.config = config;
        this.endpoint = Endpoint.of(config);
        this.replicaUuid = replicaUuid;
    }

    @Override
    public LeaderProfile profile() throws LeaderException {
        try (ServerConnection connection = connect()) {
            LeaderVariables variables = LeaderVariables.read(connection);
            boolean mariaDb = connection.version().mariaDb();
            String identity = mariaDb ? ServerIdentity.ofMariaDb(variables.get("server_id")) : variables.get("server_uuid");
            return new LeaderProfile(identity, variables.get("version"), mariaDb, variables.isOn("gtid_mode"), end(connection),
                    executed(connection), LeaderSources.received(connection), LeaderSources.read(connection), variables.values());
        } catch (IOException e) {
            throw LeaderErrors.of(endpoint, e);
        }
    }

    private static GtidSet executed(ServerConnection connection) throws IOException {
        return connection.version().mariaDb() ? GtidSet.empty() : GtidSet.parse(connection.query("SELECT @@global.gtid_executed").text(0, 0));
    }

    private BinlogCoordinates end(ServerConnection connection) throws IOException, LeaderException {
        QueryResult status = connection.query(connection.version().showBinlogStatus());
        if (status.isEmpty()) {
            throw new LeaderException.Unsupported("The leader " + endpoint + " writes no binlog: start it with log_bin", null);
        }
        return new BinlogCoordinates(status.text(0, "File"), Long.parseLong(status.text(0, "Position")));
    }

    @Override
    public List<BinlogFile> files() throws LeaderException {
        try (ServerConnection connection = connect()) {
            QueryResult result = connection.query("SHOW BINARY LOGS");
            List<BinlogFile> files = new ArrayList<>();
            for (int i = 0; i < result.rows().size(); i++) {
                long header = result.text(i, "Encrypted").equalsIgnoreCase("Yes") ? ENCRYPTION_HEADER : 0;
                files.add(new BinlogFile(result.text(i, "Log_name"), Long.parseLong(result.text(i, "File_size")) - header));
            }
            return files;
        } catch (IOException e) {
            throw LeaderErrors.of(endpoint, e);
        }
    }

    @Override
    public Optional<GtidSet> gtidsBefore(String file) throws LeaderException {
        try (EventStream stream = stream(BinlogCoordinates.headOf(file), "")) {
            for (int i = 0; i < HEAD_EVENTS; i++) {
                EventPart part = stream.next();
                if (part.header().type() == EventType.PREVIOUS_GTIDS && part.last()) {
                    BinlogEvent event = BinlogEvent.of(part.bytes(), stream.checksumLength());
                    return Optional.of(PreviousGtidsReader.read(event.body()));
                }
            }
            return Optional.empty();
        }
    }

    /** What would have to be streamed before the first snapshot can be proved is not worth the wait. */
    @Override
    public String fileToBegin(BinlogCoordinates end) throws LeaderException {
        if (!mayRotate || end.position() < LONG_FILE) {
            return end.file();
        }
        try (ServerConnection connection = connect()) {
            connection.execute("FLUSH NO_WRITE_TO_BINLOG BINARY LOGS");
            return end(connection).file();
        } catch (ServerErrorException e) {
            return end.file(); // RELOAD is not granted.
        } catch (IOException e) {
            throw LeaderErrors.of(endpoint, e);
        }
    }

    @Override
    public EventStream stream(BinlogCoordinates from, String identity) throws LeaderException {
        try {
            return DumpStream.open(config, replicaUuid, from, identity);
        } catch (IOException e) {
            throw LeaderErrors.of(endpoint, e);
        }
    }

    /**
     * Looks for every missing setting and privilege, for the stream and for snapshots.
     *
     * @param copies whether snapshots are taken, and the channel does more than serve
     */
    public List<Finding> check(SnapshotConfig snapshot, boolean copies) throws LeaderException {
        try (ServerConnection connection = connect()) {
            return new LeaderPreflight(config, snapshot, copies, connection).check();
        } catch (IOException e) {
            throw LeaderErrors.of(endpoint, e);
        }
    }

    private ServerConnection connect() throws IOException {
        ServerConnection connection = ServerConnection.open(endpoint);
        connection.readTimeout(config.connectTimeout());
        return connection;
    }
}
