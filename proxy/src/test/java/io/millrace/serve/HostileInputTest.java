package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.ComRegisterReplica;
import io.millrace.protocol.DumpRequest;
import io.millrace.protocol.PacketInput;
import io.millrace.protocol.login.HandshakeResponse;
import io.millrace.serve.sql.StatementException;
import io.millrace.serve.sql.Statements;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever a client sends is answered or refused: nothing else is thrown, and no more memory is taken than what was sent. */
class HostileInputTest {
    private static final int ROUNDS = 60_000;
    private static final List<String> STATEMENTS = List.of("SELECT @@GLOBAL.server_id, 'a''b' AS `x y`, GTID_SUBSET(@a, \"b\") LIMIT 1",
            "SET @master_binlog_checksum= @@global.binlog_checksum, @x := (-1), NAMES utf8",
            "SHOW VARIABLES WHERE Variable_name IN ('a', 'b') OR variable_name LIKE '%x\\_y'",
            "/*!40101 SHOW BINLOG EVENTS IN 'binlog.000001' FROM 4 LIMIT 1, 2 */ -- end\n; KILL 7",
            "PURGE BINARY LOGS TO 'x'; # why\nSHOW SLAVE STATUS");
    private static final List<String> PACKETS = List.of(
            "1e0200e6250000000000000400000000000000300000000100000000000000c0896463e74411f1b89702fc00000001010000000000000001000000000000000a00000000000000",
            "1204000000020025260000626e6c6f672e303030303031", "1525260000046c6f6361047265706c03707764ea0c0000000000000000",
            "05a6ff01000000012d00000000000000000000000000000000000000000000007265706c0014aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa6d7973716c5f6e61746976655f70617373776f7264000c03666f6f0362617201780179");

    private final Random random = new Random(7);

    @Test
    void statements() {
        for (int i = 0; i < ROUNDS; i++) {
            byte[] mutated = mutate(STATEMENTS.get(i % STATEMENTS.size()).getBytes(StandardCharsets.UTF_8));
            String sql = new String(mutated, StandardCharsets.UTF_8);
            try {
                Statements statements = new Statements(new NoFacts(), NoFacts.session());
                for (Statements.Statement statement : statements.split(sql)) {
                    assertThat(statements.answer(statement)).isNotNull();
                }
            } catch (StatementException e) {
                assertThat(e.answer().code()).isPositive();
            }
        }
    }

    @Test
    void packets() {
        for (int i = 0; i < ROUNDS; i++) {
            ByteBuffer packet = ByteBuffer.wrap(mutate(HexFormat.of().parseHex(PACKETS.get(i % PACKETS.size())))).order(ByteOrder.LITTLE_ENDIAN);
            try {
                read(i % PACKETS.size(), packet);
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void frames() {
        for (int i = 0; i < ROUNDS; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            PacketInput input = new PacketInput(new ByteArrayInputStream(bytes), ClientSession.LARGEST_PACKET, ClientSession.BUFFER);
            try {
                while (true) {
                    assertThat(input.packet().remaining()).isLessThanOrEqualTo(bytes.length);
                }
            } catch (IOException e) {
                assertThat(e).isNotNull();
            }
        }
    }

    private static void read(int which, ByteBuffer packet) {
        if (!packet.hasRemaining()) {
            return;
        }
        switch (which) {
            case 0 -> assertThat(DumpRequest.readDumpGtid(packet).serverId()).isNotNegative();
            case 1 -> assertThat(DumpRequest.readDump(packet).position()).isNotNegative();
            case 2 -> assertThat(ComRegisterReplica.read(packet).port()).isNotNegative();
            default -> {
                HandshakeResponse.asksForTls(packet);
                assertThat(HandshakeResponse.read(packet).user()).isNotNull();
            }
        }
    }

    private byte[] mutate(byte[] original) {
        byte[] bytes = original.clone();
        for (int change = random.nextInt(4); change >= 0; change--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
                default -> {
                    int from = random.nextInt(bytes.length);
                    System.arraycopy(bytes, from, bytes, at, Math.min(bytes.length - from, bytes.length - at));
                }
            }
        }
        return bytes;
    }
}
