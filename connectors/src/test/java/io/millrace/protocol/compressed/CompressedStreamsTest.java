package io.millrace.protocol.compressed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompressedStreamsTest {
    private static byte[] text(int length) {
        byte[] bytes = new byte[length];
        Random random = new Random(1);
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ('a' + random.nextInt(4));
        }
        return bytes;
    }

    private static byte[] sent(Compression compression, byte[]... writes) throws IOException {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        try (CompressedOutput out = new CompressedOutput(wire, compression)) {
            for (byte[] bytes : writes) {
                out.write(bytes, 0, bytes.length);
            }
        }
        return wire.toByteArray();
    }

    @ParameterizedTest
    @EnumSource
    void carriesShortLongAndIncompressibleWrites(Compression compression) throws IOException {
        byte[] noise = new byte[5_000];
        new Random(2).nextBytes(noise);
        byte[] wire = sent(compression, text(10), text(3_000_000), noise);
        assertThat(wire.length).isLessThan(2_000_000);
        try (InputStream in = new CompressedInput(new ByteArrayInputStream(wire), compression)) {
            assertThat(in.readNBytes(10)).isEqualTo(text(10));
            assertThat(in.readNBytes(3_000_000)).isEqualTo(text(3_000_000));
            assertThat(in.readNBytes(5_000)).isEqualTo(noise);
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsOfWholePacketsOnlyThatTheyCanBeRead(Compression compression) throws IOException {
        byte[] wire = sent(compression, text(1000), text(2000));
        try (InputStream all = new CompressedInput(new ByteArrayInputStream(wire), compression);
                InputStream torn = new CompressedInput(new ByteArrayInputStream(wire, 0, wire.length - 1), compression)) {
            assertThat(all.available()).isEqualTo(3000);
            assertThat(all.readNBytes(1500)).hasSize(1500);
            assertThat(all.available()).isEqualTo(1500);
            assertThat(torn.available()).isEqualTo(1000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void saysWhatIsWrongWithATornOrDamagedPacket(Compression compression) throws IOException {
        byte[] wire = sent(compression, text(1000));
        try (InputStream torn = new CompressedInput(new ByteArrayInputStream(wire, 0, wire.length - 1), compression)) {
            assertThatThrownBy(() -> torn.read(new byte[10])).isInstanceOf(EOFException.class).hasMessageContaining("inside a compressed packet");
        }
        byte[] damaged = wire.clone();
        Arrays.fill(damaged, CompressedInput.HEADER, damaged.length, (byte) 7);
        try (InputStream in = new CompressedInput(new ByteArrayInputStream(damaged), compression)) {
            assertThatThrownBy(() -> in.read(new byte[10])).isInstanceOf(IOException.class).hasMessageContaining("damaged");
        }
        byte[] longer = wire.clone();
        longer[4]++;
        try (InputStream in = new CompressedInput(new ByteArrayInputStream(longer), compression)) {
            assertThatThrownBy(() -> in.read(new byte[10])).isInstanceOf(IOException.class);
        }
    }
}
