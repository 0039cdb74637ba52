package io.millrace.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketFramesTest {
    private static final int LARGE = 40_000_000;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000, PacketInput.FULL_FRAME - 1, PacketInput.FULL_FRAME, PacketInput.FULL_FRAME + 1, 2 * PacketInput.FULL_FRAME,
            LARGE})
    void framesAPacketOfAnySizeSoThatItIsReadWhole(int size) throws IOException {
        byte[] payload = new byte[size];
        for (int i = 0; i < size; i += 997) {
            payload[i] = (byte) i;
        }
        PacketFrames frames = new PacketFrames();
        frames.sequence(255);
        frames.begin(size);
        for (int at = 0; at < size; at += 300_000) {
            frames.put(ByteBuffer.wrap(payload, at, Math.min(300_000, size - at)));
        }
        frames.add(ByteBuffer.wrap(new byte[]{7}));
        PacketInput input = input(frames.take());
        assertThat(input.packet()).isEqualTo(ByteBuffer.wrap(payload));
        assertThat(input.sequence()).isEqualTo(255 + size / PacketInput.FULL_FRAME & 0xff);
        assertThat(input.packet()).isEqualTo(ByteBuffer.wrap(new byte[]{7}));
    }

    @Test
    void refusesMoreThanWasAnnounced() {
        PacketFrames frames = new PacketFrames();
        frames.begin(1);
        frames.put(0);
        assertThatThrownBy(() -> frames.put(ByteBuffer.wrap(new byte[1]))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void refusesAPacketThatIsTooLargeBeforeItMakesRoom() {
        PacketFrames frames = new PacketFrames();
        frames.add(ByteBuffer.wrap(new byte[101]));
        ByteBuffer bytes = frames.take();
        PacketInput input = new PacketInput(new ByteArrayInputStream(bytes.array(), bytes.arrayOffset(), bytes.limit()), 100, 16);
        assertThatThrownBy(input::packet).isInstanceOf(IOException.class).hasMessageContaining("more than 100 bytes");
    }

    private static PacketInput input(ByteBuffer bytes) {
        return new PacketInput(new ByteArrayInputStream(bytes.array(), bytes.arrayOffset(), bytes.limit()), 1 << 30);
    }
}
