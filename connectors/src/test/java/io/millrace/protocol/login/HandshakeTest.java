package io.millrace.protocol.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class HandshakeTest {
    private static final int CAPABILITIES = Capability.PROTOCOL_41 | Capability.PLUGIN_AUTH | Capability.SECURE_CONNECTION
            | Capability.PLUGIN_AUTH_LENENC_CLIENT_DATA | Capability.CONNECT_ATTRS | Capability.CONNECT_WITH_DB;

    @Test
    void writesAGreetingThatTheConnectorLibraryReads() throws Exception {
        Scramble scramble = Scramble.random(new SecureRandom());
        ByteBuffer payload = new Greeting("9.7.4-2", 77, scramble, CAPABILITIES, "caching_sha2_password").payload();
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        var read = new com.github.shyiko.mysql.binlog.network.protocol.GreetingPacket(bytes);
        assertThat(read.getServerVersion()).isEqualTo("9.7.4-2");
        assertThat(read.getThreadId()).isEqualTo(77);
        assertThat(read.getPluginProvidedData()).isEqualTo("caching_sha2_password");
        assertThat(read.getScramble().getBytes(StandardCharsets.US_ASCII)).isEqualTo(scramble.toArray());
    }

    @Test
    void readsAResponseWithAttributes() {
        HandshakeResponse response = HandshakeResponse.read(response(20));
        assertThat(response.user()).isEqualTo("repl");
        assertThat(response.answer().length()).isEqualTo(20);
        assertThat(response.plugin()).isEqualTo("mysql_native_password");
        assertThat(response.attributes()).containsEntry("program_name", "mysqld");
    }

    @Test
    void refusesEveryResponseThatIsCutOff() {
        ByteBuffer whole = response(20);
        for (int length = 0; length < 32; length++) {
            ByteBuffer cut = whole.slice(0, length).order(ByteOrder.LITTLE_ENDIAN);
            assertThatThrownBy(() -> HandshakeResponse.read(cut)).isInstanceOf(IllegalArgumentException.class);
        }
        for (int length = 32; length < whole.limit(); length++) {
            ByteBuffer cut = whole.slice(0, length).order(ByteOrder.LITTLE_ENDIAN);
            try {
                HandshakeResponse.read(cut);
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageNotContaining("Exception");
            }
        }
    }

    @Test
    void refusesAnAnswerThatIsLongerThanThePacket() {
        ByteBuffer packet = response(20);
        packet.put(32 + 5, (byte) 250);
        assertThatThrownBy(() -> HandshakeResponse.read(packet)).isInstanceOf(IllegalArgumentException.class);
    }

    private static ByteBuffer response(int answer) {
        ByteBuffer packet = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN).putInt(CAPABILITIES).putInt(1 << 24).put((byte) 45)
                .put(new byte[23]);
        packet.put("repl\0".getBytes(StandardCharsets.UTF_8)).put((byte) answer).put(new byte[answer]).put("db\0".getBytes(StandardCharsets.UTF_8));
        packet.put("mysql_native_password\0".getBytes(StandardCharsets.UTF_8)).put((byte) 20);
        packet.put((byte) 12).put("program_name".getBytes(StandardCharsets.UTF_8)).put((byte) 6).put("mysqld".getBytes(StandardCharsets.UTF_8));
        return packet.flip();
    }
}
