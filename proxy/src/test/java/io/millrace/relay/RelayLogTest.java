package io.millrace.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeaderReader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.binlog.event.TransactionScanner;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RelayLogTest {
    private static final String FILE = "binlog.000001";
    private static final long SECONDS = 1_000_000_000;

    @TempDir
    Path folder;

    @Test
    void keepsWhatItIsGivenByteForByte() throws Exception {
        byte[] original = sample("sample97_binlog.000001");
        RelayLog log = RelayLog.open(folder);
        try (RelayLogWriter writer = log.write()) {
            write(writer, original);
        }
        assertThat(Files.readAllBytes(folder.resolve(FILE))).isEqualTo(original);
        assertThat(RelayLog.open(folder).end()).contains(new BinlogCoordinates(FILE, original.length));
        assertThat(RelayLog.open(folder).gtidsBefore(FILE)).isPresent();
    }

    /** As STOP REPLICA ends the receiver. */
    @Test
    void knowsItsLastEventThoughItsWriterWasInterrupted() throws Exception {
        byte[] original = sample("sample97_binlog.000001");
        int half = boundaries(original).get(1);
        RelayLog log = RelayLog.open(folder);
        try (RelayLogWriter first = log.write()) {
            write(first, Arrays.copyOf(original, half));
        }
        RelayLogWriter writer = log.write();
        writer.append(ByteBuffer.wrap(original, half, original.length - half));
        writer.markBoundary(SECONDS);
        writer.force();
        Thread.currentThread().interrupt();
        writer.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(log.lastEvent()).isEqualTo(RelayLog.open(folder).lastEvent());
        assertThat(log.end()).contains(new BinlogCoordinates(FILE, original.length));
    }

    /** Once a disk has failed, what it says of the same bytes later means nothing. */
    @Test
    void doesNotBelieveWhatWasWrittenBeforeTheDiskFailed() throws Exception {
        byte[] original = sample("sample97_binlog.000001");
        int half = boundaries(original).get(1);
        RelayLog log = RelayLog.open(folder);
        RelayLogWriter writer = log.write();
        write(writer, Arrays.copyOf(original, half));
        writer.awaitSynced();
        BinlogCoordinates durable = log.end().orElseThrow();
        writer.append(ByteBuffer.wrap(original, half, original.length - half));
        writer.flush(); // Whole, but nobody has said that it ends between two transactions: it is not made durable.
        log.distrust();
        writer.close();
        assertThat(log.end()).contains(durable).contains(new BinlogCoordinates(FILE, half));
        assertThat(Files.size(folder.resolve(FILE))).isEqualTo(half);
    }

    @Test
    void tellsWhenTheNextTransactionBegan() throws Exception {
        byte[] original = sample("sample80_binlog.000001");
        RelayLog log = RelayLog.open(folder);
        try (RelayLogWriter writer = log.write()) {
            write(writer, original);
        }
        int seconds = ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
        assertThat(log.nextTransaction(BinlogCoordinates.headOf(FILE))).isPresent().get().extracting(Instant::getEpochSecond)
                .isNotEqualTo(0L).matches(at -> at >= seconds);
        assertThat(log.nextTransaction(log.end().orElseThrow())).isEmpty();
    }

    @Test
    void beginsAFileAgainThatCouldNotBeBegun() throws Exception {
        byte[] original = sample("sample97_binlog.000001");
        RelayLog log = RelayLog.open(folder);
        try (RelayLogWriter writer = log.write()) {
            write(writer, original);
            writer.awaitSynced();
            Thread.currentThread().interrupt(); // As a full disk would, it fails the first write.
            assertThatThrownBy(() -> writer.startFile("binlog.000002")).isInstanceOf(RelayLogException.Storage.class);
            assertThat(Thread.interrupted()).isTrue();
        }
        try (RelayLogWriter writer = log.write()) {
            writer.startFile("binlog.000002");
        }
        assertThat(log.fileNames()).containsExactly(FILE, "binlog.000002");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sample57_binlog.000001", "sample80_binlog.000001", "sample97_binlog.000001", "sample_mariadb1011_mbin.000002"})
    void cutsATornTailToTheLastWholeTransactionWhereverItIsTorn(String sample) throws Exception {
        byte[] original = sample(sample);
        List<Integer> boundaries = boundaries(original);
        for (int length = 0; length <= original.length; length++) {
            Files.write(folder.resolve(FILE), Arrays.copyOf(original, length));
            int torn = length;
            long expected = boundaries.stream().filter(boundary -> boundary <= torn).mapToInt(boundary -> boundary).max().orElse(4);
            assertThat(RelayLog.open(folder).end()).contains(new BinlogCoordinates(FILE, expected));
            assertThat(Files.size(folder.resolve(FILE))).isEqualTo(expected);
        }
    }

    @Test
    void cutsDamagedBytesAtTheEnd() throws Exception {
        byte[] original = sample("sample80_binlog.000001");
        List<Integer> boundaries = boundaries(original);
        int last = boundaries.get(boundaries.size() - 2);
        original[last + 6] ^= 0x40;
        Files.write(folder.resolve(FILE), original);
        assertThat(RelayLog.open(folder).end()).contains(new BinlogCoordinates(FILE, last));
    }

    @Test
    void showsReadersOnlyWholeTransactions() throws Exception {
        byte[] original = sample("sample80_binlog.000001");
        List<Integer> boundaries = boundaries(original);
        RelayLog log = RelayLog.open(folder);
        try (RelayLogWriter writer = log.write()) {
            writer.startFile(FILE);
            writer.append(ByteBuffer.wrap(original, 4, boundaries.get(1) - 4));
            writer.markBoundary(SECONDS);
            writer.append(ByteBuffer.wrap(original, boundaries.get(1), 30));
            writer.flush();
            assertThat(log.awaitEnd(new BinlogCoordinates(FILE, boundaries.get(1)), Duration.ofSeconds(10))).isTrue();
            try (RelayLogReader reader = log.read(BinlogCoordinates.headOf(FILE))) {
                while (reader.poll().isPresent()) {
                    assertThat(reader.position().position()).isLessThanOrEqualTo(boundaries.get(1));
                }
                assertThat(reader.position().position()).isEqualTo(boundaries.get(1).longValue());
            }
        }
        assertThat(Files.size(folder.resolve(FILE))).isEqualTo(boundaries.get(1).longValue());
    }

    @Test
    void isDurableOnReturnForACallerWithNothingElseToDo() throws Exception {
        byte[] original = sample("sample80_binlog.000001");
        int first = boundaries(original).get(1);
        RelayLog log = RelayLog.open(folder);
        try (RelayLogWriter writer = log.write()) {
            writer.startFile(FILE);
            writer.append(ByteBuffer.wrap(original, 4, first - 4));
            writer.markBoundary(SECONDS);
            writer.force();
            assertThat(log.end()).contains(new BinlogCoordinates(FILE, first));
            writer.append(ByteBuffer.wrap(original, first, original.length - first));
            writer.markBoundary(SECONDS);
            writer.flush();
            writer.force(); // The second thread may be at it, or may not.
            assertThat(log.awaitEnd(new BinlogCoordinates(FILE, original.length), Duration.ofSeconds(10))).isTrue();
        }
        assertThat(Files.readAllBytes(folder.resolve(FILE))).isEqualTo(original);
    }

    @Test
    void wakesAReaderThatFollowsAcrossARotation() throws Exception {
        byte[] original = sample("sample80_binlog.000001");
        RelayLog log = RelayLog.open(folder);
        BlockingQueue<BinlogCoordinates> seen = new ArrayBlockingQueue<>(1000);
        try (RelayLogWriter writer = log.write()) {
            write(writer, original);
            assertThat(log.awaitEnd(new BinlogCoordinates(FILE, original.length), Duration.ofSeconds(10))).isTrue();
            Thread follower = Thread.ofVirtual().start(() -> follow(log, seen));
            writer.startFile("binlog.000002");
            writer.append(ByteBuffer.wrap(original, 4, original.length - 4));
            writer.markBoundary(SECONDS);
            writer.flush();
            BinlogCoordinates last = BinlogCoordinates.headOf(FILE);
            while (!last.equals(new BinlogCoordinates("binlog.000002", original.length))) {
                last = Optional.ofNullable(seen.poll(10, TimeUnit.SECONDS)).orElseThrow();
            }
            follower.interrupt();
            follower.join();
        }
    }

    @Test
    void doesNotPassOverAFileThatIsGone() throws Exception {
        byte[] original = sample("sample80_binlog.000001");
        for (String name : List.of(FILE, "binlog.000003")) {
            Files.write(folder.resolve(name), original);
        }
        RelayLog log = RelayLog.open(folder);
        try (RelayLogReader reader = log.read(BinlogCoordinates.headOf(FILE))) {
            assertThatThrownBy(() -> {
                while (reader.poll().isPresent()) {
                    assertThat(reader.position().file()).isEqualTo(FILE);
                }
            }).isInstanceOf(RelayLogException.Corrupt.class).hasMessageContaining("the file after it is missing, binlog.000003 is the next");
        }
    }

    private static void follow(RelayLog log, BlockingQueue<BinlogCoordinates> seen) {
        try (RelayLogReader reader = log.read(BinlogCoordinates.headOf(FILE))) {
            while (true) {
                if (reader.next(Duration.ofSeconds(10)).isPresent()) {
                    seen.put(reader.position());
                }
            }
        } catch (InterruptedException | RelayLogException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What lies before an indexed position was durable and whole: a restart reads only what comes after. */
    @Test
    void looksOnlyAtWhatLiesBehindTheIndex() throws Exception {
        Path file = longFile();
        RelayLog.open(folder);
        List<Long> positions = PositionIndex.read(file, Files.size(file)).stream().map(PositionIndex.Entry::position).toList();
        assertThat(positions).hasSizeGreaterThan(2);
        long size = Files.size(file);
        damage(file, positions.get(1) + 100);
        assertThat(RelayLog.open(folder).end()).contains(new BinlogCoordinates(FILE, size));
        Files.delete(PositionIndex.of(file));
        assertThat(RelayLog.open(folder).end().orElseThrow().position()).isBetween(positions.get(1), positions.get(1) + 10_000);
        assertThat(PositionIndex.read(file, Long.MAX_VALUE)).as("made anew").hasSize(2);
    }

    @Test
    void knowsTheTimeOfItsNewestEventWithAndWithoutTheIndex() throws Exception {
        Path file = longFile();
        RelayLog log = RelayLog.open(folder);
        long newest = 0;
        try (RelayLogReader reader = log.read(BinlogCoordinates.headOf(FILE))) {
            for (Optional<BinlogEvent> event = reader.poll(); event.isPresent(); event = reader.poll()) {
                newest = Math.max(newest, event.get().header().timestamp());
            }
        }
        assertThat(newest).isGreaterThan(SECONDS);
        long known = newest;
        assertThat(PositionIndex.read(file, Long.MAX_VALUE)).hasSizeGreaterThan(2).allMatch(entry -> entry.seconds() == known);
        assertThat(log.newest(FILE)).isEqualTo(Instant.ofEpochSecond(newest));
        Files.delete(PositionIndex.of(file));
        assertThat(log.newest(FILE)).isEqualTo(Instant.ofEpochSecond(newest));
        assertThat(PositionIndex.read(file, Long.MAX_VALUE)).as("made anew").hasSizeGreaterThan(2).allMatch(entry -> entry.seconds() == known);
    }

    /** SET TIMESTAMP writes any time into an event: it must not keep a file from growing old. */
    @Test
    void believesNoTimeThatIsLaterThanTheArrival() throws Exception {
        Path file = longFile();
        Instant arrived = Instant.ofEpochSecond(SECONDS);
        RelayLog log = RelayLog.open(folder);
        Files.setLastModifiedTime(file, FileTime.from(arrived));
        assertThat(log.newest(FILE)).isEqualTo(arrived);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7 1\n", "7\n", "4194400 1\n8388700 1\n99", "x\n", "", "4 1\n4 1\n", "6000000 1\n9000001 1\n"})
    void isNotMisledByAWrongIndex(String index) throws Exception {
        Path file = longFile();
        long size = Files.size(file);
        Files.writeString(PositionIndex.of(file), index + size + " 1\n");
        RelayLog log = RelayLog.open(folder);
        assertThat(log.end()).contains(new BinlogCoordinates(FILE, size));
        assertThat(log.lastEvent().orElseThrow().position()).isBetween(size - 10_000, size - 1);
    }

    /** The transactions of a sample again and again, until there are several steps of the index. */
    private Path longFile() throws Exception {
        byte[] original = sample("sample80_binlog.000001");
        List<Integer> boundaries = boundaries(original);
        int head = boundaries.get(2);
        RelayLog log = RelayLog.open(folder);
        try (RelayLogWriter writer = log.write()) {
            writer.startFile(FILE);
            writer.append(ByteBuffer.wrap(original, 4, head - 4));
            while (writer.position() < 4 * PositionIndex.STEP) {
                writer.append(ByteBuffer.wrap(original, head, boundaries.get(boundaries.size() - 2) - head));
                writer.markBoundary(SECONDS);
                writer.flush();
            }
        }
        Path file = folder.resolve(FILE);
        assertThat(PositionIndex.read(file, Long.MAX_VALUE)).as("how many depends on how the disk keeps up").isNotEmpty()
                .allMatch(entry -> entry.seconds() >= SECONDS);
        PositionIndex.rewrite(file, List.of());
        return file;
    }

    private static void damage(Path file, long position) throws Exception {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(position);
            int old = bytes.read();
            bytes.seek(position);
            bytes.write(old ^ 0x40);
        }
    }

    @Test
    void refusesCoordinatesThatItDoesNotHave() throws Exception {
        RelayLog log = RelayLog.open(folder);
        assertThatThrownBy(() -> log.read(BinlogCoordinates.headOf("binlog.000007"))).isInstanceOf(RelayLogException.Missing.class)
                .hasMessageContaining("binlog.000007:4");
    }

    private static void write(RelayLogWriter writer, byte[] original) throws RelayLogException {
        writer.startFile(FILE);
        writer.append(ByteBuffer.wrap(original, 4, original.length - 4));
        writer.markBoundary(SECONDS);
        writer.flush();
    }

    private static byte[] sample(String name) throws Exception {
        return Files.readAllBytes(Path.of("src/test/resources/binlogs", name));
    }

    private static List<Integer> boundaries(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        TransactionScanner scanner = new TransactionScanner();
        List<Integer> boundaries = new ArrayList<>(List.of(4));
        int checksum = 0;
        for (int position = 4; position < file.length;) {
            int length = (int) EventHeaderReader.read(bytes, position).length();
            ByteBuffer event = bytes.slice(position, length).order(ByteOrder.LITTLE_ENDIAN);
            checksum = EventHeaderReader.read(bytes, position).type() == EventType.FORMAT_DESCRIPTION
                    ? FormatDescription.read(event).checksumLength()
                    : checksum;
            BinlogEvent read = BinlogEvent.of(event, checksum);
            position += length;
            if (scanner.accept(read.header(), read.body()) != TransactionScanner.Step.INSIDE) {
                boundaries.add(position);
            }
        }
        return boundaries;
    }
}
