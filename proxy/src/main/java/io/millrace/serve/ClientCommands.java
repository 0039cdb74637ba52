package io.millrace.serve;

import io.millrace.protocol.replication.ComRegisterReplica;
import io.millrace.protocol.EofPacket;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.OkPacket;
import io.millrace.protocol.PacketFrames;
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
    static final int COM_QUIT = 0x01;
    static final int COM_QUERY = 0x03;
    private static final Logger LOG = LoggerFactory.getLogger(ClientCommands.class);
    private static final int COM_INIT_DB = 0x02;
    private static final int COM_FIELD_LIST = 0x04;
    private static final int COM_STATISTICS = 0x09;
    private static final int COM_PROCESS_KILL = 0x0c;
    private static final int COM_PING = 0x0e;
    private static final int COM_REGISTER_SLAVE = 0x15;
    private static final int COM_STMT_PREPARE = 0x16;
    private static final int COM_STMT_EXECUTE = 0x17;
    private static final int COM_STMT_SEND_LONG_DATA = 0x18;
    private static final int COM_STMT_CLOSE = 0x19;
    private static final int COM_STMT_RESET = 0x1a;
    private static final int COM_SET_OPTION = 0x1b;
    private static final int COM_STMT_FETCH = 0x1c;
    private static final int COM_RESET_CONNECTION = 0x1f;

    private final Facts facts;
    private final SessionState state;
    private final Statements statements;
    private final PacketFrames frames;
    private final Optional<ForwardedStatements> forwarded;
    private volatile @Nullable ComRegisterReplica registered;

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

    /** @throws IOException if a statement was forwarded and the leader is lost */
    void answer(int code, ByteBuffer packet) throws IOException {
        switch (code) {
            case COM_QUERY -> query(packet);
            case COM_PING -> ok();
            case COM_INIT_DB -> use(packet);
            case COM_RESET_CONNECTION -> {
                state.reset();
                forwarded.ifPresent(ForwardedStatements::close);
                ok();
            }
            case COM_SET_OPTION -> frames.add(new EofPacket(false).payload());
            case COM_STATISTICS -> statistics();
            case COM_PROCESS_KILL -> kill(packet);
            case COM_REGISTER_SLAVE -> register(packet);
            case COM_STMT_PREPARE -> prepare(packet);
            case COM_STMT_SEND_LONG_DATA, COM_STMT_CLOSE -> isForwarded(packet); // A server says nothing to these.
            case COM_STMT_EXECUTE, COM_STMT_RESET, COM_STMT_FETCH, COM_FIELD_LIST -> forward(packet, code);
            default -> frames.add(new ErrPacket(1047, "08S01", "Unknown command " + code).payload());
        }
    }

    private void ok() {
        frames.add(new OkPacket(false).payload());
    }

    private void statistics() {
        String line = "Uptime: " + facts.status().get("Uptime") + "  Threads: " + facts.status().get("Threads_connected");
        frames.add(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
    }

    private void kill(ByteBuffer packet) {
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
            forward(packet, COM_STMT_PREPARE);
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

    private void query(String sql) {
        answer(sql, Optional.empty());
    }

    /** @param otherwise what is said of a statement that we cannot answer ourselves, in place of why not */
    private void answer(String sql, Optional<ErrPacket> otherwise) {
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
