package io.millrace.serve.login;

import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.OkPacket;
import io.millrace.protocol.login.AuthMoreData;
import io.millrace.protocol.login.AuthSwitchRequest;
import io.millrace.protocol.login.Bytes;
import io.millrace.protocol.login.Capability;
import io.millrace.protocol.login.Greeting;
import io.millrace.protocol.login.HandshakeResponse;
import io.millrace.protocol.login.Scramble;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Optional;

/**
 * Greets a client and finds out who it is, by {@code caching_sha2_password} (in its short form, over TLS, or with RSA), or by
 * {@code mysql_native_password} where the client knows nothing newer. One thread for each client.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html">Connection Phase</a>
 */
public final class Login {
    private static final String SHA2 = "caching_sha2_password";
    private static final String NATIVE = "mysql_native_password";
    /** Not QUERY_ATTRIBUTES, with which each statement would begin with two bytes more, nor DEPRECATE_EOF, which older clients lack. */
    private static final int CAPABILITIES = Capability.LONG_PASSWORD | Capability.LONG_FLAG | Capability.CONNECT_WITH_DB
            | Capability.PROTOCOL_41 | Capability.INTERACTIVE | Capability.TRANSACTIONS | Capability.SECURE_CONNECTION | Capability.MULTI_STATEMENTS
            | Capability.MULTI_RESULTS | Capability.PLUGIN_AUTH | Capability.CONNECT_ATTRS | Capability.PLUGIN_AUTH_LENENC_CLIENT_DATA;
    private static final byte WANTS_KEY = 2;
    private static final StoredPassword NOBODY = StoredPassword.of(new SecureRandom().ints(16).boxed().toList().toString());

    private final Accounts accounts;
    private final FailedLogins failures;
    private final ServerKey key;
    private final SecureRandom random = new SecureRandom();

    public Login(Accounts accounts, FailedLogins failures, ServerKey key) {
        this.accounts = accounts;
        this.failures = failures;
        this.key = key;
    }

    /**
     * Who has come in.
     *
     * @param database to be used from the first statement on; empty for none
     * @param collation the number of that in which it sends and reads text; 0 where it does not say
     * @param multiStatements whether it may send several statements at once, until it says otherwise
     */
    public record Admitted(Account account, String database, int collation, boolean multiStatements) {}

    /**
     * Lets a client in.
     *
     * @param version as the leader names itself; replicas read it
     * @throws LoginException if it may not come in; the answer was not sent yet
     */
    public Admitted perform(LoginWire wire, String version, long connectionId) throws IOException, LoginException, InterruptedException {
        Scramble scramble = Scramble.random(random);
        boolean mariaDb = version.contains("MariaDB");
        int capabilities = wire.offersTls() ? CAPABILITIES | Capability.SSL : CAPABILITIES;
        String proposed = mariaDb ? NATIVE : SHA2;
        wire.write(new Greeting(version, connectionId, scramble, capabilities, proposed).payload());
        ByteBuffer first = wire.read();
        if (wire.offersTls() && HandshakeResponse.asksForTls(first)) {
            wire.startTls();
            first = wire.read();
        }
        HandshakeResponse response = read(first);
        Optional<Account> account = accounts.find(response.user(), wire.address());
        StoredPassword password = account.map(Account::password).orElse(NOBODY);
        boolean right = response.plugin().equals(SHA2)
                ? sha2(wire, scramble, proposed, response, password)
                : byNative(wire, scramble, proposed, response, password);
        if (!right || account.isEmpty()) {
            Thread.sleep(failures.failed(wire.address()));
            throw new LoginException(new ErrPacket(1045, "28000", "Access denied for user '" + response.user() + "'@'"
                    + wire.address().getHostAddress() + "' (using password: " + (response.answer().length() > 0 ? "YES" : "NO") + ")"));
        }
        failures.succeeded(wire.address());
        wire.write(new OkPacket(false).payload());
        return new Admitted(account.get(), response.database(), response.collation(),
                (response.capabilities() & Capability.MULTI_STATEMENTS) != 0);
    }

    private static HandshakeResponse read(ByteBuffer packet) throws LoginException {
        try {
            return HandshakeResponse.read(packet);
        } catch (IllegalArgumentException e) {
            throw new LoginException(new ErrPacket(1043, "08S01", "Bad handshake: " + e.getMessage()));
        }
    }

    private boolean byNative(LoginWire wire, Scramble scramble, String proposed, HandshakeResponse response, StoredPassword password)
            throws IOException {
        boolean made = proposed.equals(NATIVE) && (response.plugin().equals(NATIVE) || response.plugin().isEmpty());
        byte[] answer = made && response.answer().length() > 0 ? response.answer().toArray() : switchTo(NATIVE, scramble, wire).toArray();
        return password.answersNative(scramble.toArray(), answer).orElse(false);
    }

    private boolean sha2(LoginWire wire, Scramble scramble, String proposed, HandshakeResponse response, StoredPassword password)
            throws IOException {
        boolean made = proposed.equals(SHA2) && response.answer().length() > 1;
        Bytes answer = made ? response.answer() : switchTo(SHA2, scramble, wire);
        Optional<Boolean> known = password.answersSha2(scramble.toArray(), answer.toArray());
        if (known.isPresent()) {
            if (known.get()) {
                wire.write(AuthMoreData.fastAuthSuccess().payload());
            }
            return known.get();
        }
        wire.write(AuthMoreData.performFullAuthentication().payload());
        ByteBuffer reply = wire.read();
        if (wire.isEncrypted()) {
            return password.is(PasswordPacket.text(Bytes.of(reply).toArray()));
        }
        if (reply.remaining() == 1 && reply.get(reply.position()) == WANTS_KEY) {
            wire.write(new AuthMoreData(key.pem()).payload());
            reply = wire.read();
        }
        return password.is(key.decrypt(Bytes.of(reply).toArray(), scramble.toArray()));
    }

    private static Bytes switchTo(String plugin, Scramble scramble, LoginWire wire) throws IOException {
        wire.write(new AuthSwitchRequest(plugin, scramble).payload());
        return Bytes.of(wire.read());
    }
}
