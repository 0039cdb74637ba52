package io.millrace.serve;

import io.millrace.protocol.replication.ComRegisterReplica;
import io.millrace.protocol.replication.DumpRequest;
import io.millrace.protocol.replication.SemiSyncAck;
import io.millrace.protocol.PacketInput;
import io.millrace.protocol.login.HandshakeResponse;
import io.millrace.serve.login.HostileLogin;
import io.millrace.serve.sql.StatementException;
import io.millrace.serve.sql.Statements;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What a client may send, handed to whoever reads it; whatever is thrown from here is a defect. The first byte says to whom. */
public final class HostileBytes {
    static final int STATEMENTS = 0;
    static final int FRAMES = 1;
    static final int LOGIN = 2;
    static final int DUMP_GTID = 3;
    static final int DUMP = 4;
    static final int REGISTER = 5;
    static final int HANDSHAKE = 6;
    static final int ACKNOWLEDGEMENT = 7;
    private static final int READERS = 8;

    private HostileBytes() {
    }

    /** The name under which the fuzzer looks for it. */
    public static void fuzzerTestOneInput(byte[] data) {
        if (data.length < 2) {
            return;
        }
        byte[] sent = Arrays.copyOfRange(data, 1, data.length);
        int reader = (data[0] & 0xff) % READERS;
        if (reader == ACKNOWLEDGEMENT) {
            SemiSyncAck.read(packet(sent)); // It is passed over where it is none: nothing at all is thrown.
            return;
        }
        try {
            switch (reader) {
                case STATEMENTS -> statements(new String(sent, StandardCharsets.UTF_8));
                case FRAMES -> frames(sent);
                case LOGIN -> HostileLogin.perform(sent);
                case DUMP_GTID -> DumpRequest.readDumpGtid(packet(sent));
                case DUMP -> DumpRequest.readDump(packet(sent));
                case REGISTER -> ComRegisterReplica.read(packet(sent));
                default -> HandshakeResponse.read(packet(sent));
            }
        } catch (IllegalArgumentException e) {
            if (String.valueOf(e.getMessage()).isBlank()) {
                throw new IllegalStateException("a refusal must say what it refuses", e);
            }
        }
    }

    private static ByteBuffer packet(byte[] sent) {
        return ByteBuffer.wrap(sent).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void statements(String sql) {
        try {
            Statements statements = new Statements(new NoFacts(), NoFacts.session());
            for (Statements.Statement statement : statements.split(sql)) {
                statement.isForTheLog();
                statements.answer(statement);
            }
        } catch (StatementException e) {
            if (e.answer().code() <= 0) {
                throw new IllegalStateException("an error without a code", e);
            }
        }
    }

    private static void frames(byte[] sent) {
        PacketInput input = new PacketInput(new ByteArrayInputStream(sent), ClientSession.LARGEST_PACKET, ClientSession.BUFFER);
        try {
            while (true) {
                if (input.packet().remaining() > sent.length) {
                    throw new IllegalStateException("a packet of more than was sent");
                }
            }
        } catch (IOException e) {
            return; // All was read, or it was too much.
        }
    }
}
