package io.millrace.connection;

import com.github.shyiko.mysql.binlog.network.Authenticator;
import com.github.shyiko.mysql.binlog.network.ServerException;
import com.github.shyiko.mysql.binlog.network.protocol.GreetingPacket;
import com.github.shyiko.mysql.binlog.network.protocol.PacketChannel;
import com.github.shyiko.mysql.binlog.network.protocol.command.AuthenticateSHA2Command;
import com.github.shyiko.mysql.binlog.network.protocol.command.AuthenticateSecurityPasswordCommand;
import com.github.shyiko.mysql.binlog.network.protocol.command.Command;
import com.github.shyiko.mysql.binlog.network.protocol.command.SSLRequestCommand;
import io.millrace.config.TlsConfig;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.compressed.Compression;
import io.millrace.protocol.login.Capability;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * Greets, encrypts and authenticates with the connector library, and hands on the socket that is then ours.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html">Connection Phase</a>
 */
final class Handshake {
    private static final int RESULTS = Capability.MULTI_RESULTS | Capability.PS_MULTI_RESULTS;
    /** What the library asks for by itself. */
    private static final int PLAIN = Capability.LONG_FLAG | Capability.PROTOCOL_41 | Capability.SECURE_CONNECTION | Capability.PLUGIN_AUTH;

    /** Behind the version: the connection's id, eight random bytes and a zero come before the one, character set and status between. */
    private static final int LOW_CAPABILITIES = 13;
    private static final int HIGH_CAPABILITIES = 18;

    private final Endpoint endpoint;
    private Socket socket;

    private Handshake(Endpoint endpoint, Socket socket) {
        this.endpoint = endpoint;
        this.socket = socket;
    }

    /** What the connection phase ends with. */
    record Result(Socket socket, String serverVersion, long connectionId) {}

    /** Asks for what the library would not: without it a server refuses to CALL a procedure that selects. */
    private static final class ManyResults extends PacketChannel {
        private final int more;
        private boolean responded;

        /** @param more bits to ask for */
        ManyResults(Socket socket, int more) throws IOException {
            super(socket);
            this.more = RESULTS | more;
        }

        @Override
        public void write(Command command) throws IOException {
            if (command instanceof AuthenticateSHA2Command login) {
                login.setClientCapabilities(PLAIN | Capability.PLUGIN_AUTH_LENENC_CLIENT_DATA | more);
            } else if (command instanceof AuthenticateSecurityPasswordCommand login) {
                login.setClientCapabilities(PLAIN | more);
            } else if (command instanceof SSLRequestCommand encryption) {
                encryption.setClientCapabilities(PLAIN | Capability.SSL | more); // MySQL reads no others once it is encrypted.
            }
            boolean response = !responded && !(command instanceof SSLRequestCommand);
            responded |= response;
            super.write(response && (more & Capability.ZSTD_COMPRESSION) != 0 ? withZstdLevel(command) : command);
        }

        /** The response to the greeting ends with the level. */
        private static Command withZstdLevel(Command command) {
            return () -> {
                byte[] bytes = command.toByteArray();
                byte[] all = Arrays.copyOf(bytes, bytes.length + 1);
                all[bytes.length] = Compression.ZSTD_LEVEL;
                return all;
            };
        }
    }

    static Result perform(Endpoint endpoint, Socket socket) throws IOException {
        return new Handshake(endpoint, socket).perform();
    }

    private Result perform() throws IOException {
        PacketChannel channel = new ManyResults(socket, endpoint.compression().map(Compression::capability).orElse(0));
        byte[] first = channel.read();
        if ((first[0] & 0xff) == ErrPacket.MARK) {
            throw new ServerErrorException(ErrPacket.read(ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN)));
        }
        GreetingPacket greeting = new GreetingPacket(first);
        requireCompression(first);
        encrypt(channel, greeting);
        try {
            new Authenticator(greeting, channel, null, endpoint.user(), endpoint.password().reveal()).authenticate();
        } catch (ServerException e) {
            throw new ServerErrorException(new ErrPacket(e.getErrorCode(), String.valueOf(e.getSqlState()), String.valueOf(e.getMessage())));
        }
        return new Result(socket, greeting.getServerVersion(), greeting.getThreadId());
    }

    private void requireCompression(byte[] greeting) throws IOException {
        if (endpoint.compression().isPresent() && (capabilities(greeting) & endpoint.compression().get().capability()) == 0) {
            throw new IOException("the server offers no " + endpoint.compression().get()
                    + " (leader.compression): all offer zlib, MySQL 8.0.18 and later zstd, unless protocol_compression_algorithms says otherwise");
        }
    }

    /** Both halves of them, of which the library keeps one. */
    private static int capabilities(byte[] greeting) {
        int version = 1;
        while (greeting[version] != 0) {
            version++;
        }
        ByteBuffer rest = ByteBuffer.wrap(greeting, version + 1, greeting.length - version - 1).slice().order(ByteOrder.LITTLE_ENDIAN);
        return rest.getShort(LOW_CAPABILITIES) & 0xffff | rest.getShort(HIGH_CAPABILITIES) << 16;
    }

    private void encrypt(PacketChannel channel, GreetingPacket greeting) throws IOException {
        TlsConfig.Mode mode = endpoint.tls().mode();
        boolean offered = (greeting.getServerCapabilities() & Capability.SSL) != 0;
        if (mode == TlsConfig.Mode.DISABLED || (mode == TlsConfig.Mode.PREFERRED && !offered)) {
            return;
        }
        if (!offered) {
            throw new IOException("the server offers no TLS, but the configuration asks for it (tls.mode)");
        }
        SSLRequestCommand request = new SSLRequestCommand();
        request.setCollation(greeting.getServerCollation());
        channel.write(request);
        SSLSocket encrypted = encrypted();
        channel.upgradeToSSL(plain -> encrypted, null);
        socket = encrypted;
    }

    private SSLSocket encrypted() throws IOException {
        SSLSocket encrypted = (SSLSocket) TlsContexts.of(endpoint.tls()).getSocketFactory().createSocket(socket, endpoint.host(), endpoint.port(),
                true);
        if (endpoint.tls().mode() == TlsConfig.Mode.VERIFY_IDENTITY) {
            SSLParameters parameters = encrypted.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            encrypted.setSSLParameters(parameters);
        }
        return encrypted;
    }

    static void prepare(Socket socket) throws SocketException {
        socket.setTcpNoDelay(true);
        socket.setKeepAlive(true);
    }
}
