package io.millrace.serve;

import io.millrace.protocol.Commands;
import io.millrace.protocol.EofPacket;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.OkPacket;
import io.millrace.protocol.PacketFrames;
import io.millrace.protocol.replication.ComRegisterReplica;
import io.millrace.serve.sql.Facts;
import io.millrace.serve.sql.SessionState;
import io.millrace.serve.sql.StatementException;
import io.millrace.serve.sql.Statements;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the commands of one client, all but those that begin a stream. Its thread answers; any may ask who it is.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html">Command Phase</a>
 */
final class ClientCommands {
    private static final Logger LOG = LoggerFactory.getLogger(ClientCommands.class);

    private final Facts facts;
    private final SessionState state;
    private final Statements statements;
    private final PacketFrames frames;
    private final Optional<ForwardedStatements> forwarded;
    private volatile @Nullable ComRegisterReplica registered;
    private Between between = () -> {
    };

    /**
     * Answers for one session.
     *
     * @param frames takes the answers
     * @param forwarded where statements run that are not for the log; empty if they are refused
     */
    ClientCommands(Facts facts, SessionState state, PacketFrames frames, Optional<ForwardedStatements> forwarded) {
        this.forwarded = forwarded;
        this.facts = facts;
        this.state = state;
        this.statements = new Statements(facts, state);
        this.frames = frames;
    }

    /** How it has registered as a replica; empty if it has not. */
    Optional<ComRegisterReplica> registered() {
        return Optional.ofNullable(registered);
    }

    /** Is told after each statement of several, so that their answers need not be kept together. */
    interface Between {
        void run() throws IOException;
    }

    /** @throws IOException if a statement was forwarded and the leader is lost, or the client is */
    void answer(int code, ByteBuffer packet, Between afterEach) throws IOException {
        between = afterEach;
        switch (code) {
            case Commands.COM_QUERY -> query(packet);
            case Commands.COM_PING -> ping(packet);
            case Commands.COM_INIT_DB -> use(packet);
            case Commands.COM_RESET_CONNECTION -> {
                state.reset();
                forwarded.ifPresent(ForwardedStatements::close);
                ok();
            }
            case Commands.COM_SET_OPTION -> setOption(packet);
            case Commands.COM_STATISTICS -> statistics();
            case Commands.COM_PROCESS_KILL -> kill(packet);
            case Commands.COM_REGISTER_SLAVE -> register(packet);
            case Commands.COM_STMT_PREPARE -> prepare(packet);
            case Commands.COM_STMT_SEND_LONG_DATA, Commands.COM_STMT_CLOSE -> isForwarded(packet); // A server says nothing to these.
            case Commands.COM_STMT_EXECUTE, Commands.COM_STMT_RESET, Commands.COM_STMT_FETCH, Commands.COM_FIELD_LIST -> forward(packet, code);
            default -> frames.add(new ErrPacket(1047, "08S01", "Unknown command " + code).payload());
        }
    }

    private void setOption(ByteBuffer packet) throws IOException {
        boolean allow = packet.remaining() > 1 && packet.get(packet.position() + 1) == 0;
        if (forwarded.isEmpty() || !forwarded.get().allowMultiStatements(allow, packet.duplicate())) {
            frames.add(new EofPacket(false).payload());
        }
    }

    private void ok() {
        frames.add(new OkPacket(false).payload());
    }

    /** The session at the leader is kept alive with the client's own; none is opened for it. */
    private void ping(ByteBuffer packet) throws IOException {
        if (forwarded.isEmpty() || !forwarded.get().isOpen() || !isForwarded(packet)) {
            ok();
        }
    }

    private void statistics() {
        String line = "Uptime: " + facts.status().get("Uptime") + "  Threads: " + facts.status().get("Threads_connected");
        frames.add(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    }

    private void kill(ByteBuffer packet) throws IOException {
        if (packet.remaining() == 1 + Integer.BYTES) {
            query("KILL " + (packet.getInt(packet.position() + 1) & 0xffffffffL));
        } else {
            frames.add(new ErrPacket(1835, "HY000", "Malformed communication packet.").payload());
        }
    }

    private static String text(ByteBuffer packet) {
        return StandardCharsets.UTF_8.decode(packet.slice(packet.position() + 1, packet.remaining() - 1)).toString();
    }

    private boolean isForwarded(ByteBuffer packet) throws IOException {
        return forwarded.isPresent() && forwarded.get().run(packet.duplicate());
    }

    private void use(ByteBuffer packet) throws IOException {
        state.database(text(packet));
        if (!isForwarded(packet)) {
            ok();
        }
    }

    private void query(ByteBuffer packet) throws IOException {
        String sql = text(packet);
        if (forwarded.isEmpty() || isForTheLog(sql)) {
            query(sql);
        } else if (!forwarded.get().run(packet.duplicate())) {
            answer(sql, Optional.of(forwarded.get().unreachable()));
        }
    }

    /** Of the log's own statements no server knows the binary form that a prepared one would be answered in; drivers then send the text. */
    private void prepare(ByteBuffer packet) throws IOException {
        if (forwarded.isEmpty() || asksForTheLog(text(packet))) {
            frames.add(new ErrPacket(1295, "HY000", "This command is not supported in the prepared statement protocol yet").payload());
        } else {
            forward(packet, Commands.COM_STMT_PREPARE);
        }
    }

    private void forward(ByteBuffer packet, int code) throws IOException {
        if (forwarded.isEmpty()) {
            frames.add(new ErrPacket(1047, "08S01", "Unknown command " + code).payload());
        } else if (!forwarded.get().run(packet.duplicate())) {
            frames.add(forwarded.get().unreachable().payload());
        }
    }

    private boolean asksForTheLog(String sql) {
        try {
            return statements.split(sql).stream().anyMatch(Statements.Statement::isForTheLog);
        } catch (StatementException e) {
            return false;
        }
    }

    /**
     * Whether one statement of them is ours alone: a KILL of our connection must not reach the leader with others. What is set or
     * used is noted here too: the stream may depend on it, and another session at the leader.
     */
    private boolean isForTheLog(String sql) {
        try {
            List<Statements.Statement> each = statements.split(sql);
            for (Statements.Statement statement : each) {
                if (statement.changesSession()) {
                    statements.answer(statement);
                }
            }
            return each.stream().anyMatch(Statements.Statement::isForTheLog);
        } catch (StatementException e) {
            return false;
        }
    }

    private void query(String sql) throws IOException {
        answer(sql, Optional.empty());
    }

    /** @param otherwise what is said of a statement that we cannot answer ourselves, in place of why not */
    private void answer(String sql, Optional<ErrPacket> otherwise) throws IOException {
        LOG.atDebug().addKeyValue("user", state.user()).addKeyValue("statement", sql).log("statement");
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
                between.run();
            }
        } catch (StatementException e) {
            LOG.atDebug().addKeyValue("user", state.user()).addKeyValue("cause", e.getMessage()).log("statement refused");
            frames.add(otherwise.orElse(e.answer()).payload());
        }
    }

    private void register(ByteBuffer packet) {
        try {
            registered = ComRegisterReplica.read(packet);
            ok();
        } catch (IllegalArgumentException e) {
            frames.add(new ErrPacket(1105, "HY000", String.valueOf(e.getMessage())).payload());
        }
    }
}
