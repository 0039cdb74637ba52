package io.millrace.snapshot.mysql.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.snapshot.mysql.TsvEncoder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TsvEncoderTest {
    private static final byte[] OFTEN = {'\\', '\t', '\n', 0, 'N', '0', (byte) 0x80, (byte) 0xff, 1, 8, 11};

    @Test
    void escapesWhatLoadDataWouldTakeForSomethingElse() {
        assertThat(encoded("a\\b\tc\nd\0e")).isEqualTo("a\\\\b\\\tc\\\nd\\0e\t\\N\n");
        assertThat(encoded("eight\tby")).isEqualTo("eight\\\tby\t\\N\n");
        assertThat(encoded("")).isEqualTo("\t\\N\n");
    }

    @Test
    void isReadBackByteForByte() throws Exception {
        Random random = new Random(5);
        TsvEncoder encoder = new TsvEncoder();
        for (int round = 0; round < 5000; round++) {
            byte[] value = new byte[random.nextInt(70)];
            random.nextBytes(value);
            for (int i = 0; i < value.length; i++) {
                value[i] = random.nextInt(4) == 0 ? OFTEN[random.nextInt(OFTEN.length)] : value[i];
            }
            ByteBuffer line = encoder.encode(row(value), 2);
            List<Optional<ByteBuffer>> read = new TsvReader(new ByteArrayInputStream(line.array(), line.arrayOffset(), line.remaining()), 2).next();
            assertThat(read.get(0)).contains(ByteBuffer.wrap(value));
            assertThat(read.get(1)).isEmpty();
        }
    }

    private static String encoded(String value) {
        ByteBuffer line = new TsvEncoder().encode(row(value.getBytes(StandardCharsets.ISO_8859_1)), 2);
        return StandardCharsets.ISO_8859_1.decode(line).toString();
    }

    /** A row of a value and NULL, somewhere inside its array. */
    private static ByteBuffer row(byte[] value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[]{9, 9, 9});
        bytes.write(value.length);
        bytes.writeBytes(value);
        bytes.write(0xfb);
        return ByteBuffer.wrap(bytes.toByteArray(), 3, value.length + 2).slice();
    }
}
