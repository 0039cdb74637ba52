package io.millrace.serve;

import io.millrace.protocol.Commands;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.PacketFrames;
import io.millrace.serve.dump.DumpOutput;
import io.millrace.serve.login.Account;
import io.millrace.serve.login.Login;
import io.millrace.serve.sql.SessionState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The statements of one client that run at the leader, over a connection of its own, since what a session has set must hold for its next
 * statement too. It is opened when the first comes. One thread.
 */
final class ForwardedStatements implements AutoCloseable {
    private static final LeaderQueries.Answer UNHEARD = new LeaderQueries.Answer() {
        @Override
        public void frame(int length) {
        }

        @Override
        public void part(ByteBuffer bytes) {
        }
    };

    private static final Logger LOG = LoggerFactory.getLogger(ForwardedStatements.class);
    private static final int BATCH = 64 * 1024;

    private final LeaderQueries leader;
    private final Account.AtLeader account;
    private final PacketFrames frames;
    private final DumpOutput output;
    private final SessionState state;
    private final int collation;
    private boolean multiStatements;
    private volatile LeaderQueries.@Nullable Connection connection;
    private String cause = "";

    /**
     * Nothing is connected before it is needed.
     *
     * @param admitted says how the client wants to speak
     * @param state knows the database that the client uses
     * @param frames takes answers, and is sent to {@code output} where they are long
     */
    ForwardedStatements(LeaderQueries leader, Login.Admitted admitted, Account.AtLeader account, SessionState state, PacketFrames frames,
            DumpOutput output) {
        this.leader = leader;
        this.account = account;
        this.collation = admitted.collation();
        this.multiStatements = admitted.multiStatements();
        this.state = state;
        this.frames = frames;
        this.output = output;
    }

    /** Whether a session is open at the leader. */
    boolean isOpen() {
        return connection != null;
    }

    /**
     * Runs a command.
     *
     * @return false if the leader cannot be reached, so that there is no answer
     * @throws IOException if it is lost on the way: the session that it held is gone with it
     */
    boolean run(ByteBuffer command) throws IOException {
        LeaderQueries.Connection open = connection;
        if (open == null) {
            try {
                open = open();
            } catch (IOException e) {
                LOG.atWarn().addKeyValue("user", account.user()).addKeyValue("cause", e.getMessage()).log("a statement could not be forwarded");
                cause = String.valueOf(e.getMessage());
                return false;
            }
        }
        try {
            open.run(command, new HandOn());
            return true;
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("user", account.user()).addKeyValue("cause", e.getMessage()).log("a forwarded statement was broken off");
            throw e;
        }
    }

    /**
     * As COM_SET_OPTION says.
     *
     * @return false if there is no session that could answer it
     */
    boolean allowMultiStatements(boolean allow, ByteBuffer command) throws IOException {
        multiStatements = allow;
        return connection != null && run(command);
    }

    /** What is said after {@link #run} has reached nobody. */
    ErrPacket unreachable() {
        return new ErrPacket(1429, "HY000", "Unable to connect to foreign data source: Millrace forwards this to the leader as '" + account.user()
                + "', and could not (" + cause + ")");
    }

    /**
     * Ends the statement that runs at the leader, if one does, and not its session. Any thread.
     *
     * @return false if the leader cannot be told
     */
    boolean killQuery() {
        LeaderQueries.Connection busy = connection;
        if (busy == null) {
            return true;
        }
        byte[] kill = ("KILL QUERY " + busy.id()).getBytes(StandardCharsets.UTF_8);
        try (LeaderQueries.Connection other = leader.open(account, collation, false)) {
            other.run(ByteBuffer.allocate(1 + kill.length).put(Commands.COM_QUERY).put(kill).flip(), UNHEARD);
            return true;
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("user", account.user()).addKeyValue("cause", e.getMessage()).log("a forwarded statement could not be ended");
            return false;
        }
    }

    private LeaderQueries.Connection open() throws IOException {
        LeaderQueries.Connection opened = leader.open(account, collation, multiStatements);
        connection = opened;
        String database = state.database();
        if (database != null) {
            byte[] name = database.getBytes(StandardCharsets.UTF_8);
            opened.run(ByteBuffer.allocate(1 + name.length).put(Commands.COM_INIT_DB).put(name).flip(), UNHEARD);
        }
        return opened;
    }

    /** Frames stay as the leader cut them, under our own numbers. */
    private final class HandOn implements LeaderQueries.Answer {
        @Override
        public void frame(int length) {
            frames.beginFrame(length);
        }

        @Override
        public void part(ByteBuffer bytes) throws IOException {
            frames.raw(bytes);
            if (frames.size() >= BATCH) {
                output.write(frames.take());
            }
        }
    }

    /** Ends the session at the leader; the next statement begins another one. */
    @Override
    public void close() {
        LeaderQueries.Connection open = connection;
        if (open != null) {
            open.close();
            connection = null;
        }
    }
}
