package io.millrace.snapshot.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.snapshot.RowSink;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A row that comes in pieces gives the line that it gives whole. */
class WideRowTest {
    @Test
    void givesTheSameLineWhereverItIsCut() throws Exception {
        Random random = new Random(9);
        TsvEncoder encoder = new TsvEncoder();
        for (int round = 0; round < 400; round++) {
            int columns = 1 + random.nextInt(5);
            byte[] packet = packet(random, columns);
            byte[] whole = bytes(encoder.encode(ByteBuffer.wrap(packet).order(ByteOrder.LITTLE_ENDIAN), columns));
            Line line = new Line();
            TsvEncoder.WideRow row = encoder.new WideRow(columns, line);
            int most = round % 2 == 0 ? 7 : 100_000;
            for (int at = 0; at < packet.length;) {
                int count = Math.min(packet.length - at, 1 + random.nextInt(most));
                row.part(ByteBuffer.wrap(packet, at, count).slice());
                at += count;
            }
            row.part(ByteBuffer.allocate(0)); // As behind a packet whose frames are all full.
            assertThat(line.bytes.toByteArray()).isEqualTo(whole);
            assertThat(line.ends).isEqualTo(1);
        }
    }

    private static byte[] packet(Random random, int columns) {
        ByteArrayOutputStream packet = new ByteArrayOutputStream();
        for (int i = 0; i < columns; i++) {
            int length = switch (random.nextInt(4)) {
                case 0 -> random.nextInt(250);
                case 1 -> 251 + random.nextInt(5000);
                case 2 -> 70_000 + random.nextInt(200_000);
                default -> -1;
            };
            if (length < 0) {
                packet.write(0xfb);
                continue;
            }
            if (length < 251) {
                packet.write(length);
            } else {
                int width = length <= 0xffff ? 2 : random.nextBoolean() ? 3 : 8;
                packet.write(width == 2 ? 0xfc : width == 3 ? 0xfd : 0xfe);
                for (int shift = 0; shift < width; shift++) {
                    packet.write(shift < 4 ? length >>> (8 * shift) : 0);
                }
            }
            byte[] value = new byte[length];
            random.nextBytes(value);
            packet.writeBytes(value);
        }
        return packet.toByteArray();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.get(copy);
        return copy;
    }

    private static final class Line implements RowSink {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int ends;

        @Override
        public void row(ByteBuffer line) {
            part(line, true);
        }

        @Override
        public void part(ByteBuffer piece, boolean last) {
            bytes.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining());
            ends += last ? 1 : 0;
        }
    }
}
