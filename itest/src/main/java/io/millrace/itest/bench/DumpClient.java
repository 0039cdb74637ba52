package io.millrace.itest.bench;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.config.value.Secret;
import io.millrace.config.TlsConfig;
import io.millrace.connection.Endpoint;
import io.millrace.connection.ServerConnection;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.protocol.replication.ComBinlogDump;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** Reads a stream of events and throws them away: the same for a server and for Millrace. One thread; {@link #close} from any. */
final class DumpClient implements AutoCloseable {
    private static final int TYPE_OFFSET = 1 + Integer.BYTES;
    private static final int EOF = 0xfe;
    private static final int XID = 16;
    private static final int COPIED = 256 * 1024;

    private final ServerConnection connection;

    private DumpClient(ServerConnection connection) {
        this.connection = connection;
    }

    /**
     * Asks for a stream.
     *
     * @param serverId 0 for one that ends at the end of the log
     */
    static DumpClient open(int port, BinlogCoordinates from, long serverId) throws IOException {
        ServerConnection connection = connect(port);
        connection.execute("SET @master_binlog_checksum = @@global.binlog_checksum, @source_binlog_checksum = @@global.binlog_checksum");
        String uuid = "'" + UUID.randomUUID() + "'";
        connection.execute("SET @slave_uuid = " + uuid + ", @replica_uuid = " + uuid);
        connection.output().command(new ComBinlogDump(from, 0, serverId).payload());
        return new DumpClient(connection);
    }

    private static ServerConnection connect(int port) throws IOException {
        TlsConfig plain = new TlsConfig(TlsConfig.Mode.DISABLED, Optional.empty(), Optional.empty(), Optional.empty());
        return ServerConnection.open(new Endpoint("127.0.0.1", port, DatabaseServer.REPLICATION, new Secret(DatabaseServer.PASSWORD), plain,
                Duration.ofSeconds(30), Optional.empty()));
    }

    /** Runs a statement. */
    static void tell(int port, String sql) throws IOException {
        try (ServerConnection connection = connect(port)) {
            connection.execute(sql);
        }
    }

    /** Reads to the end of the stream; gives the bytes. */
    long drain() throws IOException {
        long bytes = 0;
        boolean goesOn = false;
        while (true) {
            ByteBuffer frame = connection.input().frame();
            if (!goesOn) {
                ServerConnection.failOnError(frame);
                if ((frame.get(0) & 0xff) == EOF) {
                    return bytes;
                }
            }
            bytes += frame.remaining();
            goesOn = connection.input().continues();
        }
    }

    /** Reads to the end of the stream and appends what the packets hold to a file. */
    void copy(FileChannel to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(COPIED);
        for (ByteBuffer frame = connection.input().frame(); (frame.get(0) & 0xff) != EOF; frame = connection.input().frame()) {
            ServerConnection.failOnError(frame);
            if (buffer.remaining() < frame.remaining()) {
                to.write(buffer.flip());
                buffer.clear();
            }
            if (frame.remaining() > buffer.remaining()) {
                to.write(frame);
            } else {
                buffer.put(frame);
            }
        }
        to.write(buffer.flip());
    }

    /** Reads until a transaction is whole. */
    void nextTransaction() throws IOException {
        ByteBuffer frame = connection.input().packet();
        while ((ServerConnection.failOnError(frame).get(TYPE_OFFSET) & 0xff) != XID) {
            frame = connection.input().packet();
        }
    }

    @Override
    public void close() {
        connection.close();
    }
}
