package io.millrace.serve;

import io.millrace.protocol.PacketFrames;
import io.millrace.serve.dump.DumpOutput;
import io.millrace.serve.login.Account;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The statements of one client that run at the leader, over a connection of its own, since what a session has set must hold for its next
 * statement too. It is opened when the first comes. One thread; {@link #close} from any.
 */
final class ForwardedStatements implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ForwardedStatements.class);
    private static final int BATCH = 64 * 1024;
    private static final byte COM_INIT_DB = 0x02;

    private final LeaderQueries leader;
    private final Account.AtLeader account;
    private final PacketFrames frames;
    private final DumpOutput output;
    private String database;
    private volatile LeaderQueries.@Nullable Connection connection;

    /**
     * Nothing is connected before it is needed.
     *
     * @param database to be used from the first statement on; empty for none
     * @param frames takes answers, and is sent to {@code output} where they are long
     */
    ForwardedStatements(LeaderQueries leader, Account.AtLeader account, String database, PacketFrames frames, DumpOutput output) {
        this.leader = leader;
        this.account = account;
        this.database = database;
        this.frames = frames;
        this.output = output;
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
                return false;
            }
        }
        open.run(command, this::handOn);
        return true;
    }

    private LeaderQueries.Connection open() throws IOException {
        LeaderQueries.Connection opened = leader.open(account);
        connection = opened;
        if (!database.isEmpty()) {
            byte[] name = database.getBytes(StandardCharsets.UTF_8);
            opened.run(ByteBuffer.allocate(1 + name.length).put(COM_INIT_DB).put(name).flip(), packet -> {
            });
        }
        return opened;
    }

    private void handOn(ByteBuffer packet) throws IOException {
        frames.add(packet);
        if (frames.size() >= BATCH) {
            output.write(frames.take());
        }
    }

    /** As USE and COM_INIT_DB do, for a connection that is not open yet. */
    void database(String name) {
        database = name;
    }

    @Override
    public void close() {
        LeaderQueries.Connection open = connection;
        if (open != null) {
            open.close();
        }
    }
}
