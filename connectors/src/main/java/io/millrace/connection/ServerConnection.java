package io.millrace.connection;

import io.millrace.protocol.ComQuery;
import io.millrace.protocol.ComSetOption;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.PacketInput;
import io.millrace.protocol.PacketOutput;
import io.millrace.protocol.TextRow;
import io.millrace.protocol.compressed.CompressedInput;
import io.millrace.protocol.compressed.CompressedOutput;
import io.millrace.protocol.compressed.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A connection in the command phase. One thread at a time; {@link #close} from any. */
public final class ServerConnection implements AutoCloseable {
    private static final int MAX_PACKET = 1 << 30;
    private static final int EOF = 0xfe;
    /** Rows of more bytes are not held whole. */
    private static final int WIDE = 128 * 1024;
    private static final int SHORT_PACKET = 9;

    private final Handshake.Result session;
    private final PacketInput input;
    private final PacketOutput output;

    private ServerConnection(Handshake.Result session, Optional<Compression> compression) throws IOException {
        this.session = session;
        InputStream in = session.socket().getInputStream();
        OutputStream out = session.socket().getOutputStream();
        this.input = new PacketInput(compression.isPresent() ? new CompressedInput(in, compression.get()) : in, MAX_PACKET);
        this.output = new PacketOutput(compression.isPresent() ? new CompressedOutput(out, compression.get()) : out);
    }

    /** Takes the packets of result rows, each good until the method returns. */
    public interface RowReceiver {
        void row(ByteBuffer packet) throws IOException;
    }

    /** Takes those that are too wide to be held piece by piece. */
    public interface WideRowReceiver extends RowReceiver {
        /** @param last whether the row ends with this piece */
        void part(ByteBuffer bytes, boolean last) throws IOException;
    }

    /**
     * Connects, encrypts as configured, and authenticates.
     *
     * @throws ServerErrorException if the server refuses
     * @throws IOException if it cannot be reached
     */
    public static ServerConnection open(Endpoint endpoint) throws IOException {
        Socket socket = new Socket();
        try {
            int timeout = (int) endpoint.connectTimeout().toMillis();
            socket.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), timeout);
            socket.setSoTimeout(timeout);
            Handshake.prepare(socket);
            ServerConnection connection = new ServerConnection(Handshake.perform(endpoint, socket), endpoint.compression());
            connection.readTimeout(Duration.ZERO);
            return connection;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    public ServerVersion version() {
        return ServerVersion.parse(session.serverVersion());
    }

    /** The server's number for this connection, as in {@code SHOW PROCESSLIST}. */
    public long connectionId() {
        return session.connectionId();
    }

    /** How long a read may wait for the next byte; zero means for ever. */
    public void readTimeout(Duration timeout) throws IOException {
        session.socket().setSoTimeout((int) timeout.toMillis());
    }

    public PacketInput input() {
        return input;
    }

    public PacketOutput output() {
        return output;
    }

    /** Allows several statements in one packet from now on. */
    public void allowMultiStatements() throws IOException {
        output.command(new ComSetOption(true).payload());
        failOnError(input.packet());
    }

    /** Sends and reads text in the character set of a collation, by its number; in utf8mb4 where the server has none of that number. */
    public void setNames(int collation) throws IOException {
        QueryResult found = query("SELECT CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLLATIONS WHERE ID = " + collation
                + " AND CHARACTER_SET_NAME NOT IN ('ucs2', 'utf16', 'utf16le', 'utf32')"); // In these no client speaks.
        execute(found.isEmpty() ? "SET NAMES utf8mb4" : "SET NAMES " + found.text(0, 0) + " COLLATE " + found.text(0, 1));
    }

    /** Runs a statement that gives no rows. */
    public void execute(String sql) throws IOException {
        query(sql);
    }

    /** Runs a statement and keeps all of its rows. */
    public QueryResult query(String sql) throws IOException {
        send(sql);
        return receive().getFirst();
    }

    /** Sends a packet of one or more statements; {@link #receive} gets the answers. */
    public void send(String sql) throws IOException {
        output.command(new ComQuery(sql).payload());
    }

    /** Waits for the answers to all statements of the last packet. */
    public List<QueryResult> receive() throws IOException {
        List<QueryResult> results = new ArrayList<>();
        boolean more = true;
        while (more) {
            List<String> columns = new ArrayList<>();
            List<List<@Nullable String>> rows = new ArrayList<>();
            more = result(columns, packet -> rows.add(TextRow.read(packet, columns.size())));
            results.add(new QueryResult(columns, rows));
        }
        return results;
    }

    /** Runs a statement and hands its rows on as they come, so that a result of any size passes. */
    public void stream(String sql, RowReceiver receiver) throws IOException {
        send(sql);
        if (result(new ArrayList<>(), receiver)) {
            throw new IOException("a streamed statement gave more than one result");
        }
    }

    /** The next packet; empty where it was a row that was handed on in pieces. */
    private Optional<ByteBuffer> narrowRow(WideRowReceiver receiver) throws IOException {
        int length = input.beginFrame();
        if (length <= WIDE) {
            return Optional.of(input.wholeFrame());
        }
        int left = length;
        while (left > 0) {
            ByteBuffer part = input.part();
            left -= part.remaining();
            receiver.part(part, left == 0 && !input.continues());
            while (left == 0 && input.continues()) {
                left = input.beginFrame();
                if (left == 0) {
                    receiver.part(ByteBuffer.allocate(0), true); // It ends a packet whose size is an exact multiple of 16 MiB - 1.
                }
            }
        }
        return Optional.empty();
    }

    private boolean result(List<String> columns, RowReceiver receiver) throws IOException {
        ByteBuffer head = failOnError(input.packet());
        if (head.get(0) == 0) {
            return AnswerRelay.moreFollow(AnswerRelay.okStatus(head));
        }
        int count = (int) TextRow.nextLength(head);
        for (int i = 0; i < count; i++) {
            columns.add(columnName(input.packet()));
        }
        input.packet();
        while (true) {
            Optional<ByteBuffer> narrow = receiver instanceof WideRowReceiver wide ? narrowRow(wide) : Optional.of(input.packet());
            if (narrow.isEmpty()) {
                continue;
            }
            ByteBuffer packet = failOnError(narrow.get());
            if ((packet.get(0) & 0xff) == EOF && packet.remaining() < SHORT_PACKET) {
                return AnswerRelay.moreFollow(packet.getShort(3));
            }
            receiver.row(packet);
        }
    }

    /** Sends a command of the command phase and hands on the frames of its answer, if it has one, as they come. */
    public void relay(ByteBuffer command, AnswerReceiver answer) throws IOException {
        int code = command.get(command.position()) & 0xff;
        output.command(command);
        new AnswerRelay(input, answer).answerTo(code);
    }

    /** Catalog, schema, table and original table stand before the name. */
    private static String columnName(ByteBuffer definition) {
        for (int i = 0; i < 4; i++) {
            int length = (int) TextRow.nextLength(definition);
            definition.position(definition.position() + length);
        }
        byte[] name = new byte[(int) TextRow.nextLength(definition)];
        definition.get(name);
        return new String(name, StandardCharsets.UTF_8);
    }

    /** Gives the packet back, unless it is an error. */
    public static ByteBuffer failOnError(ByteBuffer packet) throws ServerErrorException {
        if (packet.hasRemaining() && (packet.get(packet.position()) & 0xff) == ErrPacket.MARK) {
            throw new ServerErrorException(ErrPacket.read(packet));
        }
        return packet;
    }

    @Override
    public void close() {
        try {
            session.socket().close();
        } catch (IOException e) {
            // The socket is given up either way; whoever reads from it learns of it there.
            return;
        }
    }
}
