package io.millrace.serve;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.protocol.ComRegisterReplica;
import io.millrace.protocol.DumpRequest;
import io.millrace.protocol.EofPacket;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.OkPacket;
import io.millrace.protocol.PacketFrames;
import io.millrace.protocol.PacketInput;
import io.millrace.serve.dump.DumpRefused;
import io.millrace.serve.dump.DumpSession;
import io.millrace.serve.dump.ReplicaSettings;
import io.millrace.serve.login.Account;
import io.millrace.serve.login.Login;
import io.millrace.serve.login.LoginException;
import io.millrace.serve.sql.Facts;
import io.millrace.serve.sql.SessionState;
import io.millrace.serve.sql.StatementException;
import io.millrace.serve.sql.Statements;
import io.netty.handler.ssl.SslContext;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client from its greeting to its end. Its own thread runs it; any may look, and end it. */
final class ClientSession {
    /** Statements of replicas and tools are short; nothing longer is held in memory. */
    static final int LARGEST_PACKET = 1 << 20;
    static final int BUFFER = 2048;
    private static final Logger LOG = LoggerFactory.getLogger(ClientSession.class);
    private static final Duration LOGIN_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration IDLE_TIMEOUT = Duration.ofHours(8);

    private static final int SEMI_SYNC_MARK = 0xef;
    private static final int COM_QUIT = 0x01;
    private static final int COM_INIT_DB = 0x02;
    private static final int COM_QUERY = 0x03;
    private static final int COM_STATISTICS = 0x09;
    private static final int COM_PROCESS_KILL = 0x0c;
    private static final int COM_PING = 0x0e;
    private static final int COM_BINLOG_DUMP = 0x12;
    private static final int COM_REGISTER_SLAVE = 0x15;
    private static final int COM_SET_OPTION = 0x1b;
    private static final int COM_BINLOG_DUMP_GTID = 0x1e;
    private static final int COM_RESET_CONNECTION = 0x1f;

    private final long id;
    private final ClientSocket socket;
    private final ServedChannel channel;
    private final Facts facts;
    private final Clients clients;
    private final Optional<SslContext> tls;
    private final PacketInput input;
    private final PacketFrames frames = new PacketFrames();
    private volatile String user = "";
    private boolean admin;
    private volatile String command = "Connect";
    private volatile Instant since = Instant.now();
    private volatile @Nullable ComRegisterReplica registered;
    private volatile @Nullable DumpSession dump;
    private volatile @Nullable Thread thread;
    private volatile @Nullable ErrPacket farewell;
    private volatile String uuid = "";
    private volatile @Nullable BinlogCoordinates acknowledged;
    private final boolean offersSemiSync;
    private volatile long serverId;

    ClientSession(ClientSocket socket, ServedChannel channel, Facts facts, Clients clients, Offer offer) {
        this.tls = offer.tls();
        this.offersSemiSync = offer.semiSync();
        this.id = clients.nextId();
        this.socket = socket;
        this.channel = channel;
        this.facts = facts;
        this.clients = clients;
        this.input = new PacketInput(socket.input(), LARGEST_PACKET, BUFFER);
    }

    /** What the server can do beyond the plain protocol. */
    record Offer(Optional<SslContext> tls, boolean semiSync) {}

    long id() {
        return id;
    }

    Facts.Connection describe() {
        return new Facts.Connection(id, user, socket.peer(), command, Duration.between(since, Instant.now()).toSeconds(),
                isDumping() ? "Source has sent all binlog to replica; waiting for more updates" : "");
    }

    Optional<Facts.Replica> replica() {
        return Optional.ofNullable(registered)
                .map(replica -> new Facts.Replica(replica.serverId(), replica.host().isEmpty() ? "" : replica.host(), replica.port(), uuid));
    }

    boolean isDumping() {
        return dump != null;
    }

    /** Up to where a semi-synchronous replica says that it has everything. */
    Optional<BinlogCoordinates> acknowledged() {
        return Optional.ofNullable(acknowledged);
    }

    Optional<BinlogCoordinates> sentTo() {
        return Optional.ofNullable(dump).flatMap(DumpSession::sentTo);
    }

    long serverId() {
        return serverId;
    }

    String user() {
        return user;
    }

    String peer() {
        return socket.peer();
    }

    /** A replica is known by its UUID, and where it has told none, by its server id. */
    boolean isSameReplicaAs(ClientSession other) {
        if (!uuid.isEmpty() || !other.uuid.isEmpty()) {
            return uuid.equals(other.uuid);
        }
        ComRegisterReplica mine = registered;
        ComRegisterReplica its = other.registered;
        return mine != null && its != null && mine.serverId() == its.serverId() && mine.serverId() != 0;
    }

    void replaced() {
        boolean mariaDb = channel.leader().mariaDb();
        farewell = new ErrPacket(mariaDb ? 4052 : 1236, "HY000", mariaDb
                ? "A slave with the same server_uuid/server_id is already connected"
                : "A replica with the same server_uuid/server_id as this replica has connected to the source");
        interrupt();
    }

    /** Ends the session: a stream at its next packet, with the mark that makes a replica connect again. */
    void end() {
        if (!isDumping()) {
            socket.close();
        }
        interrupt();
    }

    private void interrupt() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    /** Runs to the end of the session; the calling thread is its own. */
    void run(Login login) {
        thread = Thread.currentThread();
        clients.add(this);
        try {
            if (login(login)) {
                serve();
            }
        } catch (EOFException e) {
            LOG.atDebug().addKeyValue("client", socket.peer()).log("client left");
        } catch (IOException e) {
            LOG.atDebug().addKeyValue("client", socket.peer()).addKeyValue("cause", e.getMessage()).log("client lost");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.atError().addKeyValue("client", socket.peer()).setCause(e).log("unexpected failure: please report it");
        } finally {
            clients.remove(this);
            socket.close();
        }
    }

    private boolean login(Login login) throws IOException, InterruptedException {
        socket.readTimeout(LOGIN_TIMEOUT);
        SocketLoginWire wire = new SocketLoginWire(socket, input, frames, tls);
        try {
            Account account = login.perform(wire, channel.greetingVersion(), id);
            user = account.user();
            admin = account.admin();
            return true;
        } catch (LoginException e) {
            LOG.atWarn().addKeyValue("client", socket.peer()).addKeyValue("cause", e.getMessage()).log("login refused");
            wire.write(e.answer().payload());
            socket.awaitWritten();
            return false;
        }
    }

    private void serve() throws IOException, InterruptedException {
        SessionState state = new SessionState(user, socket.address().getHostAddress(), id, admin);
        Statements statements = new Statements(facts, state);
        socket.readTimeout(IDLE_TIMEOUT);
        while (true) {
            enter("Sleep");
            ByteBuffer packet = input.packet();
            frames.sequence(input.sequence() + 1);
            int code = packet.hasRemaining() ? packet.get(packet.position()) & 0xff : COM_QUIT;
            if (code == COM_QUIT) {
                return;
            }
            if (code == COM_BINLOG_DUMP || code == COM_BINLOG_DUMP_GTID) {
                dump(code, packet, state);
                return;
            }
            answer(code, packet, state, statements);
            socket.write(frames.take());
            frames.release();
        }
    }

    private void enter(String next) {
        command = next;
        since = Instant.now();
    }

    private void answer(int code, ByteBuffer packet, SessionState state, Statements statements) {
        switch (code) {
            case COM_QUERY -> query(text(packet), statements);
            case COM_PING -> frames.add(new OkPacket(false).payload());
            case COM_INIT_DB -> {
                state.database(text(packet));
                frames.add(new OkPacket(false).payload());
            }
            case COM_RESET_CONNECTION -> {
                state.reset();
                frames.add(new OkPacket(false).payload());
            }
            case COM_SET_OPTION -> frames.add(new EofPacket(false).payload());
            case COM_STATISTICS -> frames.add(ByteBuffer.wrap(("Uptime: " + facts.status().get("Uptime") + "  Threads: " + clients.count())
                    .getBytes(StandardCharsets.UTF_8)));
            case COM_PROCESS_KILL -> query("KILL " + (packet.getInt(packet.position() + 1) & 0xffffffffL), statements);
            case COM_REGISTER_SLAVE -> register(packet, state);
            default -> frames.add(new ErrPacket(1047, "08S01", "Unknown command " + code).payload());
        }
    }

    private static String text(ByteBuffer packet) {
        return StandardCharsets.UTF_8.decode(packet.slice(packet.position() + 1, packet.remaining() - 1)).toString();
    }

    private void query(String sql, Statements statements) {
        enter("Query");
        LOG.atDebug().addKeyValue("client", id).addKeyValue("statement", sql).log("statement");
        try {
            Iterator<Statements.Statement> each = statements.split(sql).iterator();
            while (each.hasNext()) {
                Facts.Answer answer = statements.answer(each.next());
                boolean more = each.hasNext();
                if (answer.rows().isPresent()) {
                    answer.rows().get().write(more, frames::add);
                } else {
                    frames.add(new OkPacket(more).payload());
                }
            }
        } catch (StatementException e) {
            LOG.atDebug().addKeyValue("client", socket.peer()).addKeyValue("cause", e.getMessage()).log("statement refused");
            frames.add(e.answer().payload());
        }
    }

    private void register(ByteBuffer packet, SessionState state) {
        try {
            registered = ComRegisterReplica.read(packet);
            uuid = replicaUuid(state);
            frames.add(new OkPacket(false).payload());
        } catch (IllegalArgumentException e) {
            frames.add(new ErrPacket(1105, "HY000", String.valueOf(e.getMessage())).payload());
        }
    }

    private static String replicaUuid(SessionState state) {
        return state.userVariable("replica_uuid").or(() -> state.userVariable("slave_uuid")).orElse("");
    }

    private void dump(int code, ByteBuffer packet, SessionState state) throws IOException, InterruptedException {
        DumpRequest request;
        try {
            request = code == COM_BINLOG_DUMP ? DumpRequest.readDump(packet) : DumpRequest.readDumpGtid(packet);
        } catch (IllegalArgumentException e) {
            refuse(new ErrPacket(1773, "HY000", "Malformed GTID set encoding."));
            return;
        }
        uuid = replicaUuid(state);
        serverId = request.serverId();
        enter(code == COM_BINLOG_DUMP ? "Binlog Dump" : "Binlog Dump GTID");
        DumpSession stream = new DumpSession(channel.log().orElseThrow().log(), channel.identity(), request, settings(state), socket::write);
        dump = stream;
        clients.replaceOlder(this);
        Thread listening = Thread.ofVirtual().name("client-" + id + "-listener").start(this::listen);
        LOG.atInfo().addKeyValue("client", socket.peer()).addKeyValue("user", user).addKeyValue("server_id", request.serverId())
                .log("serving a replica");
        try {
            stream.run(channel::executed);
        } catch (DumpRefused e) {
            LOG.atWarn().addKeyValue("client", socket.peer()).addKeyValue("cause", e.getMessage()).log("replica refused");
            stream.finish(e.answer().payload());
        } catch (InterruptedException e) {
            ErrPacket reason = farewell;
            // A leader that shuts down ends its streams as if they were read to the end; then replicas connect again.
            stream.finish(reason == null ? new EofPacket(false).payload() : reason.payload());
        } finally {
            dump = null;
            socket.awaitWritten();
            listening.interrupt();
        }
    }

    private void refuse(ErrPacket answer) throws IOException {
        frames.add(answer.payload());
        socket.write(frames.take());
        socket.awaitWritten();
    }

    /** A replica may leave at any time; whatever else it says during a stream is passed over. */
    private void listen() {
        try {
            socket.readTimeout(Duration.ZERO);
            while (true) {
                ByteBuffer packet = input.packet();
                if (packet.remaining() == 1 && packet.get(0) == COM_QUIT) {
                    break;
                }
                acknowledged(packet);
            }
        } catch (IOException e) {
            LOG.atDebug().addKeyValue("client", socket.peer()).addKeyValue("cause", e.getMessage()).log("replica left");
        }
        socket.close();
        if (isDumping()) {
            interrupt();
        }
    }

    /**
     * Notes what a replica has made durable: a mark, the position, the file's name.
     *
     * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-semisync.html">Semisynchronous Replication</a>
     */
    private void acknowledged(ByteBuffer packet) {
        if (packet.remaining() <= 1 + Long.BYTES || (packet.get(0) & 0xff) != SEMI_SYNC_MARK) {
            return;
        }
        String file = StandardCharsets.UTF_8.decode(packet.slice(1 + Long.BYTES, packet.remaining() - 1 - Long.BYTES)).toString();
        long position = packet.getLong(1);
        if (BinlogCoordinates.numberOf(file) > 0 && position >= BinlogCoordinates.HEAD && !file.contains("/")) {
            acknowledged = new BinlogCoordinates(file, position);
        }
    }

    private ReplicaSettings settings(SessionState state) {
        Optional<String> heartbeat = state.userVariable("source_heartbeat_period").or(() -> state.userVariable("master_heartbeat_period"));
        Optional<String> checksum = state.userVariable("source_binlog_checksum").or(() -> state.userVariable("master_binlog_checksum"));
        Optional<String> position = state.userVariable("slave_connect_state");
        boolean mariaDb = state.userVariable("mariadb_slave_capability").isPresent();
        boolean semiSync = offersSemiSync
                && state.userVariable("rpl_semi_sync_replica").or(() -> state.userVariable("rpl_semi_sync_slave")).filter(value -> !value.equals("0"))
                        .isPresent();
        return new ReplicaSettings(heartbeat.map(ClientSession::nanos).orElse(Duration.ZERO), checksum, mariaDb, position, semiSync);
    }

    private static Duration nanos(String text) {
        try {
            return Duration.ofNanos(Math.max(0, Long.parseLong(text)));
        } catch (NumberFormatException e) {
            return Duration.ZERO;
        }
    }
}
