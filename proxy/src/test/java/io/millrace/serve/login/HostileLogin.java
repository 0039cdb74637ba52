package io.millrace.serve.login;

import io.millrace.protocol.PacketInput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Somebody who does not know the password tries to log in with bytes of his own. */
public final class HostileLogin {
    private static final int MOST_ANSWERED = 4096;
    private static final ServerKey KEY = new ServerKey();

    private HostileLogin() {
    }

    /** @throws IllegalStateException if he comes in, or is told more than the handshake */
    public static void perform(byte[] sent) {
        Accounts accounts = new Accounts();
        accounts.add(new Account("repl", StoredPassword.of(UUID.randomUUID().toString()), List.of(), false, Optional.empty()));
        Thread.currentThread().interrupt(); // Who fails must wait for the answer; here nobody does.
        try {
            new Login(accounts, new FailedLogins(Clock.systemUTC()), KEY).perform(new Wire(sent), "9.7.4", 1);
            throw new IllegalStateException("let in without the password");
        } catch (IOException | LoginException | InterruptedException e) {
            return;
        } finally {
            Thread.interrupted();
        }
    }

    private static final class Wire implements LoginWire {
        private final PacketInput input;
        private int answered;

        Wire(byte[] sent) {
            input = new PacketInput(new ByteArrayInputStream(sent), 1 << 20, 2048);
        }

        @Override
        public ByteBuffer read() throws IOException {
            return input.packet();
        }

        @Override
        public void write(ByteBuffer payload) {
            answered += payload.remaining();
            if (answered > MOST_ANSWERED) {
                throw new IllegalStateException("more than a handshake has to say");
            }
        }

        @Override
        public void startTls() {
            throw new IllegalStateException("TLS was not offered");
        }

        @Override
        public boolean isEncrypted() {
            return false;
        }

        @Override
        public boolean offersTls() {
            return false;
        }

        @Override
        public InetAddress address() {
            return InetAddress.getLoopbackAddress();
        }
    }
}
