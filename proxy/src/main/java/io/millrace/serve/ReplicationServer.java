package io.millrace.serve;

import io.millrace.config.AccountConfig;
import io.millrace.config.value.AddressRange;
import io.millrace.config.value.Secret;
import io.millrace.config.ServeConfig;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.PacketFrames;
import io.millrace.replication.Audience;
import io.millrace.replication.Channel;
import io.millrace.serve.login.Account;
import io.millrace.serve.login.Accounts;
import io.millrace.serve.login.FailedLogins;
import io.millrace.serve.login.Login;
import io.millrace.serve.login.ServerKey;
import io.millrace.serve.login.StoredPassword;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the relay log of one channel to native replicas, and answers the statements that they and their people send. Any thread. */
public final class ReplicationServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicationServer.class);
    private static final long START_SECONDS = 10;
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);
    private static final Duration STOP_PAUSE = Duration.ofMillis(10);

    private final ServeConfig config;
    private final NetServer server;
    private final Optional<SslContext> tls;
    private final Clients clients = new Clients();
    private final ServedChannel channel;
    private final ChannelFacts facts;
    private final Login login;
    private final LeaderQueries queries;
    private volatile boolean closing;

    private ReplicationServer(Vertx vertx, ServeConfig config, Accounts accounts, Served served) throws IOException {
        this.config = config;
        this.tls = tls(config);
        FailedLogins failures = new FailedLogins(Clock.systemUTC());
        this.channel = new ServedChannel(served.channel());
        this.queries = served.queries();
        this.facts = new ChannelFacts(this.channel, clients, failures::total, config.semiSync());
        this.login = new Login(accounts, failures, new ServerKey());
        this.server = vertx.createNetServer(new NetServerOptions().setTcpNoDelay(true).setTcpKeepAlive(true)).connectHandler(this::accept);
    }

    /**
     * What is served.
     *
     * @param generated passwords of the accounts that are not in the configuration, by user
     * @param queries where statements run that are not for the log
     */
    public record Served(Channel channel, Map<String, Secret> generated, LeaderQueries queries) {}

    /**
     * Listens.
     *
     * @param vertx stays the caller's to close
     * @throws IOException if the address or the TLS material cannot be used; the message says what to do
     */
    public static ReplicationServer start(Vertx vertx, ServeConfig config, Served served) throws IOException {
        Accounts accounts = new Accounts();
        for (AccountConfig account : config.accounts()) {
            accounts.add(account(account));
        }
        served.generated().forEach(
                (user, password) -> accounts.add(new Account(user, StoredPassword.of(password.reveal()), List.of(), false, Optional.empty())));
        ReplicationServer made = new ReplicationServer(vertx, config, accounts, served);
        made.listen();
        served.channel().serves(made.audience(served.generated().keySet()));
        return made;
    }

    private static Account account(AccountConfig config) throws IOException {
        try {
            return new Account(config.user(), StoredPassword.of(config.password().reveal()),
                    config.from().stream().map(AddressRange::parse).toList(), config.admin(),
                    config.leaderUser().map(user -> new Account.AtLeader(user, config.leaderPassword())));
        } catch (IllegalArgumentException e) {
            throw new IOException("serve.accounts: the user \"" + config.user() + "\" cannot be used: " + e.getMessage(), e);
        }
    }

    private Audience audience(Set<String> managed) {
        return new Audience() {
            @Override
            public List<Reader> readers() {
                return clients.readers(managed);
            }

            @Override
            public void newEpoch() {
                clients.all().forEach(ClientSession::end);
            }
        };
    }

    private static Optional<SslContext> tls(ServeConfig config) throws IOException {
        if (config.certificate().isEmpty() || config.key().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(SslContextBuilder.forServer(config.certificate().get().toFile(), config.key().get().toFile()).build());
        } catch (IllegalArgumentException e) {
            throw new IOException("serve.certificate " + config.certificate().get() + " and serve.key " + config.key().get()
                    + " cannot be used: they must be PEM files, the key PKCS#8 and not encrypted (" + e.getMessage() + ")", e);
        }
    }

    private void listen() throws IOException {
        try {
            server.listen(config.port(), config.host()).await(START_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) { // Vert.x throws without declaring.
            throw refused(e);
        }
        LOG.atInfo().addKeyValue("channel", channel.channel().name()).addKeyValue("address", config.host() + ":" + port()).log("serving replicas");
    }

    private IOException refused(Exception cause) {
        return new IOException("The port " + config.host() + ":" + config.port() + " cannot be opened (" + cause.getMessage()
                + "): something else listens there; choose another serve.port", cause);
    }

    private void accept(NetSocket accepted) {
        ClientSocket socket = new ClientSocket(accepted, WRITE_TIMEOUT);
        if (clients.count() >= config.maxConnections()) {
            refuse(socket, new ErrPacket(1040, "08004", "Too many connections: serve.maxConnections is " + config.maxConnections()));
        } else if (closing || !channel.isReady()) {
            refuse(socket, new ErrPacket(1053, "08S01", "Millrace has nothing to serve yet: its leader has not been reached"));
        } else {
            ClientSession session = new ClientSession(socket, channel, facts, clients, new ClientSession.Offer(tls, config.semiSync(), queries));
            Thread.ofVirtual().name("client-" + session.id()).start(() -> session.run(login));
        }
    }

    private static void refuse(ClientSocket socket, ErrPacket answer) {
        Thread.ofVirtual().name("client-refused").start(() -> {
            PacketFrames frames = new PacketFrames();
            frames.add(answer.payload());
            try (socket) {
                socket.write(frames.take());
                socket.awaitWritten();
            } catch (IOException e) {
                LOG.atDebug().addKeyValue("cause", e.getMessage()).log("client lost");
            }
        });
    }

    /** The port that is open. */
    public int port() {
        return server.actualPort();
    }

    /** Ends every stream as a leader does that shuts down, so that replicas connect again by themselves. */
    @Override
    public void close() {
        closing = true;
        server.close();
        List<ClientSession> open = clients.all();
        open.forEach(ClientSession::end);
        long deadline = System.nanoTime() + STOP_PATIENCE.toNanos();
        try {
            while (clients.count() > 0 && System.nanoTime() < deadline) {
                Thread.sleep(STOP_PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
