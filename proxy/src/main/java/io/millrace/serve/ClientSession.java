package io.millrace.serve;

import io.millrace.protocol.Commands;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.PacketFrames;
import io.millrace.protocol.PacketInput;
import io.millrace.protocol.PacketTooLargeException;
import io.millrace.protocol.replication.ComRegisterReplica;
import io.millrace.protocol.replication.DumpRequest;
import io.millrace.serve.dump.ReplicaSettings;
import io.millrace.serve.login.Account;
import io.millrace.serve.login.Login;
import io.millrace.serve.login.LoginException;
import io.millrace.serve.sql.Facts;
import io.millrace.serve.sql.SessionState;
import io.netty.handler.ssl.SslContext;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client from its greeting to its end. Its own thread runs it; any may look, and end it. */
final class ClientSession {
    /** Statements of replicas and tools are short; nothing longer is held in memory. */
    static final int LARGEST_PACKET = 1 << 20;
    static final int BUFFER = 2048;
    /** Whoever has not logged in yet gets no memory for what it claims to send. */
    private static final int LARGEST_LOGIN_PACKET = 64 * 1024;
    private static final Duration LONGEST_LOGIN = Duration.ofSeconds(30);
    private static final Logger LOG = LoggerFactory.getLogger(ClientSession.class);
    private static final Duration LOGIN_TIMEOUT = Duration.ofSeconds(10);
    /** As much of an answer is kept before it is sent. */
    private static final int MOST_ANSWER = 256 * 1024;
    /** More is not believed: a client that is gone would hold its place in the log. */
    private static final long LONGEST_WRITE_SECONDS = 7200;
    private static final Duration IDLE_TIMEOUT = Duration.ofHours(8);

    private final long id;
    private final ClientSocket socket;
    private final ServedChannel channel;
    private final Facts facts;
    private final Clients clients;
    private final Optional<SslContext> tls;
    private final PacketInput input;
    private final PacketFrames frames = new PacketFrames();
    private volatile String user = "";
    private volatile String command = "Connect";
    private volatile Instant since = Instant.now();
    private volatile @Nullable ReplicaStream stream;
    private volatile @Nullable ClientCommands commands;
    private volatile @Nullable Thread thread;
    private volatile String uuid = "";
    private volatile @Nullable ForwardedStatements atLeader;
    private final boolean offersSemiSync;
    private final LeaderQueries queries;

    ClientSession(ClientSocket socket, ServedChannel channel, Facts facts, Clients clients, Offer offer) {
        this.tls = offer.tls();
        this.offersSemiSync = offer.semiSync();
        this.queries = offer.queries();
        this.id = clients.nextId();
        this.socket = socket;
        this.channel = channel;
        this.facts = facts;
        this.clients = clients;
        this.input = new PacketInput(socket.input(), LARGEST_LOGIN_PACKET, BUFFER);
    }

    /** What the server can do beyond the plain protocol. */
    record Offer(Optional<SslContext> tls, boolean semiSync, LeaderQueries queries) {}

    long id() {
        return id;
    }

    Facts.Connection describe() {
        return new Facts.Connection(id, user, socket.peer(), command, Duration.between(since, Instant.now()).toSeconds(),
                isDumping() ? "Source has sent all binlog to replica; waiting for more updates" : "");
    }

    Optional<Facts.Replica> replica() {
        return registered().map(replica -> new Facts.Replica(replica.serverId(), replica.host(), replica.port(), uuid));
    }

    private Optional<ComRegisterReplica> registered() {
        return Optional.ofNullable(commands).flatMap(ClientCommands::registered);
    }

    /** The stream that it is sent; empty for a client that is no replica, or not yet. */
    Optional<ReplicaStream> stream() {
        return Optional.ofNullable(stream);
    }

    boolean isDumping() {
        return stream != null;
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
        return registered().filter(mine -> mine.serverId() != 0)
                .flatMap(mine -> other.registered().filter(its -> its.serverId() == mine.serverId())).isPresent();
    }

    void replaced() {
        boolean mariaDb = channel.leader().mariaDb();
        ErrPacket farewell = new ErrPacket(mariaDb ? 4052 : 1236, "HY000", mariaDb
                ? "A slave with the same server_uuid/server_id is already connected"
                : "A replica with the same server_uuid/server_id as this replica has connected to the source");
        stream().ifPresent(running -> running.end(farewell));
    }

    /** Ends what it is sent or runs now; a session that does not stream goes on. */
    void endQuery() {
        ForwardedStatements running = atLeader;
        if (isDumping() || running != null && !running.killQuery()) {
            end();
        }
    }

    /** Ends the session: a stream at its next packet, with the mark that makes a replica connect again. */
    void end() {
        ReplicaStream running = stream;
        if (running != null) {
            running.end(null);
            return;
        }
        socket.close();
        Thread own = thread;
        if (own != null) {
            own.interrupt();
        }
    }

    /** Runs to the end of the session; the calling thread is its own. */
    void run(Login login) {
        thread = Thread.currentThread();
        clients.add(this);
        try {
            Optional<Login.Admitted> admitted = login(login);
            if (admitted.isPresent()) {
                serve(admitted.get());
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

    private Optional<Login.Admitted> login(Login login) throws IOException, InterruptedException {
        socket.readTimeout(LOGIN_TIMEOUT);
        SocketLoginWire wire = new SocketLoginWire(socket, input, frames, tls);
        Thread limit = Thread.ofVirtual().start(this::endSlowLogin);
        try {
            Login.Admitted admitted = login.perform(wire, channel.greetingVersion(), id);
            user = admitted.account().user();
            input.maxPacket(LARGEST_PACKET);
            return Optional.of(admitted);
        } catch (LoginException e) {
            LOG.atWarn().addKeyValue("client", socket.peer()).addKeyValue("cause", e.getMessage()).log("login refused");
            wire.write(e.answer().payload());
            socket.awaitWritten();
            return Optional.empty();
        } finally {
            limit.interrupt();
        }
    }

    /** One byte now and then keeps every time-out of a single read away. */
    private void endSlowLogin() {
        try {
            Thread.sleep(LONGEST_LOGIN);
            socket.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // It has logged in, or is gone.
        }
    }

    private void serve(Login.Admitted admitted) throws IOException {
        Account account = admitted.account();
        SessionState state = new SessionState(account.user(), socket.address().getHostAddress(), id, account.admin());
        if (!admitted.database().isEmpty()) {
            state.database(admitted.database());
        }
        Optional<ForwardedStatements> forwarded = account.atLeader()
                .map(atLeader -> new ForwardedStatements(queries, admitted, atLeader, state, frames, socket));
        atLeader = forwarded.orElse(null);
        try {
            serve(state, forwarded);
        } catch (PacketTooLargeException e) {
            LOG.atWarn().addKeyValue("client", socket.peer()).addKeyValue("cause", e.getMessage()).log("client sent too much");
            input.skipTooLarge();
            frames.sequence(input.sequence() + 1);
            refuse(new ErrPacket(1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes"));
        } finally {
            forwarded.ifPresent(ForwardedStatements::close);
        }
    }

    private void serve(SessionState state, Optional<ForwardedStatements> forwarded) throws IOException {
        ClientCommands answers = new ClientCommands(facts, state, frames, forwarded);
        commands = answers;
        socket.readTimeout(IDLE_TIMEOUT);
        while (true) {
            enter("Sleep");
            ByteBuffer packet = input.packet();
            frames.sequence(input.sequence() + 1);
            int code = packet.hasRemaining() ? packet.get(packet.position()) & 0xff : Commands.COM_QUIT;
            if (code == Commands.COM_QUIT) {
                return;
            }
            uuid = replicaUuid(state);
            if (code == Commands.COM_BINLOG_DUMP || code == Commands.COM_BINLOG_DUMP_GTID) {
                forwarded.ifPresent(ForwardedStatements::close);
                dump(code, packet, state);
                return;
            }
            enter(code == Commands.COM_QUERY ? "Query" : "Sleep");
            answers.answer(code, packet, () -> sendWhatIsLong(frames.size()));
            if (frames.size() > 0) {
                socket.write(frames.take());
            }
            frames.release();
        }
    }

    private void sendWhatIsLong(long size) throws IOException {
        if (size > MOST_ANSWER) {
            socket.write(frames.take());
        }
    }

    private void enter(String next) {
        command = next;
        since = Instant.now();
    }

    private static String replicaUuid(SessionState state) {
        return state.userVariable("replica_uuid").or(() -> state.userVariable("slave_uuid")).orElse("");
    }

    private void dump(int code, ByteBuffer packet, SessionState state) throws IOException {
        DumpRequest request;
        try {
            request = code == Commands.COM_BINLOG_DUMP ? DumpRequest.readDump(packet) : DumpRequest.readDumpGtid(packet);
        } catch (IllegalArgumentException e) {
            refuse(new ErrPacket(1773, "HY000", "Malformed GTID set encoding."));
            return;
        }
        enter(code == Commands.COM_BINLOG_DUMP ? "Binlog Dump" : "Binlog Dump GTID");
        ReplicaStream begun = new ReplicaStream(channel, request, settings(state), socket, input);
        stream = begun;
        state.seconds("net_write_timeout").filter(seconds -> seconds >= 1)
                .ifPresent(seconds -> socket.writeTimeout(Duration.ofSeconds(Math.min(seconds, LONGEST_WRITE_SECONDS))));
        clients.replaceOlder(this);
        LOG.atInfo().addKeyValue("client", socket.peer()).addKeyValue("user", user).addKeyValue("server_id", request.serverId())
                .log("serving a replica");
        begun.run();
    }

    private void refuse(ErrPacket answer) throws IOException {
        frames.add(answer.payload());
        socket.write(frames.take());
        socket.awaitWritten();
    }

    private ReplicaSettings settings(SessionState state) {
        Optional<String> heartbeat = state.userVariable("source_heartbeat_period").or(() -> state.userVariable("master_heartbeat_period"));
        Optional<String> checksum = state.userVariable("source_binlog_checksum").or(() -> state.userVariable("master_binlog_checksum"));
        Optional<ReplicaSettings.MariaDbRange> range = state.userVariable("slave_connect_state")
                .map(position -> new ReplicaSettings.MariaDbRange(position, state.userVariable("slave_until_gtid"),
                        isOn(state, "slave_gtid_strict_mode"), isOn(state, "slave_gtid_until_before_gtids"),
                        isOn(state, "slave_gtid_ignore_duplicates")));
        Optional<Integer> mariaDb = state.userVariable("mariadb_slave_capability").map(ClientSession::capability);
        boolean semiSync = offersSemiSync
                && state.userVariable("rpl_semi_sync_replica").or(() -> state.userVariable("rpl_semi_sync_slave")).filter(value -> !value.equals("0"))
                        .isPresent();
        return new ReplicaSettings(heartbeat.map(ClientSession::nanos).orElse(Duration.ZERO), checksum, mariaDb, range, semiSync);
    }

    private static boolean isOn(SessionState state, String variable) {
        return state.userVariable(variable).filter("1"::equals).isPresent();
    }

    private static int capability(String text) {
        return text.matches("[0-9]") ? Integer.parseInt(text) : 0;
    }

    private static Duration nanos(String text) {
        try {
            return Duration.ofNanos(Math.max(0, Long.parseLong(text)));
        } catch (NumberFormatException e) {
            return Duration.ZERO;
        }
    }
}
