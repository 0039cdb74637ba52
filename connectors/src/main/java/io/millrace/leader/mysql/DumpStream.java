package io.millrace.leader.mysql;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.ServerIdentity;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventHeaderReader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.config.LeaderConfig;
import io.millrace.connection.Endpoint;
import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.leader.EventPart;
import io.millrace.leader.EventStream;
import io.millrace.leader.LeaderException;
import io.millrace.protocol.replication.ComBinlogDump;
import io.millrace.protocol.replication.ComBinlogDumpGtid;
import io.millrace.protocol.replication.ComRegisterReplica;
import io.millrace.protocol.replication.SemiSyncAck;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * The dump loop: frames off the wire, checksums checked, events above 16 MiB in parts. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_replication.html">Replication Protocol</a>
 */
final class DumpStream implements EventStream {
    private static final int MISSED_HEARTBEATS = 3;
    private static final int END_OF_STREAM = 0xfe;
    private static final int CHECKSUM = 4;

    private final Endpoint endpoint;
    private final ServerConnection connection;
    private final CRC32 crc = new CRC32();
    private final boolean semiSync;
    private int checksumLength;
    private boolean formatKnown;
    private boolean acknowledge;
    private EventHeader header = new EventHeader(0, 0, 0, 0, 0, 0);
    private long missing;
    private int checksum;
    private boolean emptyFrameFollows;

    private DumpStream(Endpoint endpoint, ServerConnection connection, boolean checksums, boolean semiSync) {
        this.semiSync = semiSync;
        this.endpoint = endpoint;
        this.connection = connection;
        this.checksumLength = checksums ? CHECKSUM : 0;
    }

    /** @param identity of the server that must answer; empty for any */
    static DumpStream open(LeaderConfig config, UUID replicaUuid, BinlogCoordinates from, String identity) throws IOException {
        Endpoint endpoint = Endpoint.of(config);
        ServerConnection connection = ServerConnection.open(endpoint);
        try {
            connection.readTimeout(config.connectTimeout());
            failIfAnother(connection, identity);
            boolean semiSync = config.semiSync() && requestSemiSync(connection);
            boolean checksums = register(connection, config, replicaUuid);
            connection.readTimeout(config.heartbeat().multipliedBy(MISSED_HEARTBEATS));
            requestDump(connection, config, from);
            return new DumpStream(endpoint, connection, checksums, semiSync);
        } catch (IOException e) {
            connection.close();
            throw e;
        }
    }

    private static void failIfAnother(ServerConnection connection, String identity) throws IOException {
        String found = connection.version().mariaDb()
                ? ServerIdentity.ofMariaDb(connection.query("SELECT @@global.server_id").text(0, 0))
                : connection.query("SELECT @@global.server_uuid").text(0, 0);
        if (!identity.isEmpty() && !identity.equals(found)) {
            throw new IOException("another server answers now: " + found + " in place of " + identity);
        }
    }

    /** What a replica says before it asks for the stream; both spellings, since servers know the old, the new, or both. */
    private static boolean register(ServerConnection connection, LeaderConfig config, UUID replicaUuid) throws IOException {
        Duration heartbeat = config.heartbeat();
        connection.execute("SET @master_heartbeat_period = " + heartbeat.toNanos() + ", @source_heartbeat_period = " + heartbeat.toNanos());
        connection.execute("SET @master_binlog_checksum = @@global.binlog_checksum, @source_binlog_checksum = @@global.binlog_checksum");
        boolean checksums = connection.query("SELECT @master_binlog_checksum").text(0, 0).equalsIgnoreCase("CRC32");
        if (connection.version().mariaDb()) {
            connection.execute("SET @mariadb_slave_capability = 4");
        } else {
            connection.execute("SET @slave_uuid = '" + replicaUuid + "', @replica_uuid = '" + replicaUuid + "'");
        }
        connection.output().command(new ComRegisterReplica(config.serverId(), "millrace", 0).payload());
        ServerConnection.failOnError(connection.input().packet());
        return checksums;
    }

    /** Asks for acknowledgements to be awaited, where the leader does so; tells whether, since its packets then carry a mark. */
    private static boolean requestSemiSync(ServerConnection connection) throws IOException {
        QueryResult enabled = connection.query(SemiSync.ENABLED);
        if (!SemiSync.isOn(enabled)) {
            return false;
        }
        connection.execute("SET @rpl_semi_sync_slave = 1, @rpl_semi_sync_replica = 1");
        return true;
    }

    private static void requestDump(ServerConnection connection, LeaderConfig config, BinlogCoordinates from) throws IOException {
        if (from.position() > ComBinlogDump.LARGEST_POSITION) {
            connection.output().command(new ComBinlogDumpGtid(from, config.serverId()).payload());
            return;
        }
        int flags = connection.version().mariaDb() ? ComBinlogDump.MARIADB_ANNOTATE_ROWS : 0;
        connection.output().command(new ComBinlogDump(from, flags, config.serverId()).payload());
    }

    @Override
    public EventPart next() throws LeaderException {
        try {
            if (emptyFrameFollows) {
                connection.input().frame(); // It ends a packet whose size is an exact multiple of 16 MiB - 1.
            }
            ByteBuffer frame = connection.input().frame();
            return missing > 0 ? continuation(frame) : beginning(frame);
        } catch (IOException e) {
            throw LeaderErrors.of(endpoint, e);
        }
    }

    private EventPart beginning(ByteBuffer frame) throws IOException {
        ServerConnection.failOnError(frame);
        if ((frame.get(0) & 0xff) == END_OF_STREAM) {
            throw new IOException("the leader ended the stream: it is shutting down");
        }
        int start = semiSync ? SemiSyncAck.EVENT_HEADER : 1;
        if (semiSync && (frame.limit() < start || (frame.get(1) & 0xff) != SemiSyncAck.MARK)) {
            throw new IOException("a packet without the mark of semi-synchronous replication: the leader has switched it off");
        }
        acknowledge = semiSync && frame.get(2) != 0;
        ByteBuffer bytes = frame.slice(start, frame.limit() - start).order(frame.order());
        header = EventHeaderReader.read(bytes, 0);
        if (header.length() < EventHeader.SIZE || header.length() < bytes.limit()) {
            throw new IOException("an event that says it has " + header.length() + " bytes came in a packet of " + bytes.limit());
        }
        missing = header.length();
        crc.reset();
        boolean format = header.type() == EventType.FORMAT_DESCRIPTION;
        if (format) {
            checksumLength = FormatDescription.read(bytes).checksumLength();
            formatKnown = true;
        }
        return part(bytes, true);
    }

    private EventPart continuation(ByteBuffer frame) throws IOException {
        if (frame.limit() > missing) {
            throw new IOException("more bytes than the event of " + header.length() + " bytes has");
        }
        return part(frame, false);
    }

    private EventPart part(ByteBuffer bytes, boolean first) throws IOException {
        int trailer = formatKnown ? checksumLength : 0;
        int whole = bytes.limit();
        int checked = Math.clamp(missing - trailer, 0, whole);
        crc.update(bytes.limit(checked));
        bytes.position(0).limit(whole);
        for (int i = checked; i < whole; i++) {
            checksum = checksum >>> 8 | bytes.get(i) << 24;
        }
        missing -= whole;
        boolean more = connection.input().continues();
        if (missing > 0 && !more) {
            throw new IOException("the packets of an event of " + header.length() + " bytes do not hold as much");
        }
        emptyFrameFollows = missing == 0 && more;
        if (missing == 0 && trailer == CHECKSUM && checksum != (int) crc.getValue()) {
            throw new IOException("an event of type " + EventType.name(header.type()) + " arrived damaged: its checksum does not fit");
        }
        return new EventPart(header, bytes, first, missing == 0, acknowledge);
    }

    @Override
    public void acknowledge(BinlogCoordinates end) throws LeaderException {
        try {
            connection.output().command(new SemiSyncAck(end).payload());
        } catch (IOException e) {
            throw LeaderErrors.of(endpoint, e);
        }
    }

    @Override
    public boolean hasArrived() throws LeaderException {
        try {
            return connection.input().hasWholeFrame();
        } catch (IOException e) {
            throw LeaderErrors.of(endpoint, e);
        }
    }

    @Override
    public int checksumLength() {
        return checksumLength;
    }

    @Override
    public void close() {
        connection.close();
    }
}
