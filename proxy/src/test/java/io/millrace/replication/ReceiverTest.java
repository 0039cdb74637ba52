package io.millrace.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventHeaderReader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.binlog.event.TransactionScanner;
import io.millrace.leader.EventPart;
import io.millrace.leader.EventStream;
import io.millrace.leader.Leader;
import io.millrace.leader.LeaderException;
import io.millrace.leader.LeaderProfile;
import io.millrace.relay.RelayLog;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiverTest {
    private static final String FILE = "binlog.000001";
    private static final int CHECKSUM = 4;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"sample57_binlog.000001", "sample80_binlog.000001", "sample97_binlog.000001", "sample_mariadb1011_mbin.000002"})
    void showsReadersNothingButWholeTransactionsHoweverTheEventsArrive(String sample) throws Exception {
        byte[] file = Files.readAllBytes(Path.of("src/test/resources/binlogs", sample));
        RelayLog log = RelayLog.open(folder.resolve("leader"));
        TreeSet<Long> boundaries = new TreeSet<>(List.of(4L));
        List<ByteBuffer> events = events(file, boundaries);
        List<Long> ends = new ArrayList<>();
        receive(log, events, () -> ends.add(settledEnd(log, boundaries, ends)));
        assertThat(boundaries).containsAll(ends);
        assertThat(new TreeSet<>(ends)).hasSizeGreaterThan(1);
        assertThat(log.end()).contains(new BinlogCoordinates(FILE, file.length));
        assertThat(Files.readAllBytes(log.path(FILE))).isEqualTo(file);
    }

    @Test
    void goesOnAfterItsLastEventWhereTheStreamBroke() throws Exception {
        byte[] file = Files.readAllBytes(Path.of("src/test/resources/binlogs/sample97_binlog.000001"));
        RelayLog log = RelayLog.open(folder.resolve("leader"));
        List<ByteBuffer> events = events(file, new TreeSet<>());
        for (int broken = 3; broken < events.size(); broken += 5) {
            receive(log, events.subList(0, broken), () -> {
            });
        }
        receive(log, events, () -> {
        });
        assertThat(Files.readAllBytes(log.path(FILE))).isEqualTo(file);
    }

    @Test
    void acknowledgesATransactionOnceItIsDurableAndNotBefore() throws Exception {
        byte[] file = Files.readAllBytes(Path.of("src/test/resources/binlogs/sample80_binlog.000001"));
        RelayLog log = RelayLog.open(folder.resolve("leader"));
        List<ByteBuffer> events = events(file, new TreeSet<>());
        List<BinlogCoordinates> acknowledged = new ArrayList<>();
        receive(log, events, () -> {
        }, end -> {
            assertThat(log.end()).contains(end);
            acknowledged.add(end);
        });
        assertThat(acknowledged).hasSize((int) events.stream().filter(event -> EventHeaderReader.read(event, 0).type() == EventType.XID).count())
                .isNotEmpty().doesNotHaveDuplicates();
    }

    /** Waits for the durable end that follows from what has arrived: where it is right, at once. */
    private static long settledEnd(RelayLog log, NavigableSet<Long> boundaries, List<Long> before) {
        try {
            Long next = boundaries.higher(before.isEmpty() ? 4L : before.getLast());
            if (next != null) {
                log.awaitEnd(new BinlogCoordinates(FILE, next), Duration.ofMillis(2));
            }
            return log.end().map(BinlogCoordinates::position).orElse(BinlogCoordinates.HEAD);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void receive(RelayLog log, List<ByteBuffer> events, Runnable onArrival) {
        receive(log, events, onArrival, end -> {
        });
    }

    private static void receive(RelayLog log, List<ByteBuffer> events, Runnable onArrival, Consumer<BinlogCoordinates> onAcknowledge) {
        Leader leader = new RecordedLeader(events, onArrival, onAcknowledge);
        assertThatThrownBy(() -> new Receiver(leader, log, new ReceiverProgress(Clock.systemUTC())).receive(BinlogCoordinates.headOf(FILE)))
                .isInstanceOf(LeaderException.Unreachable.class);
    }

    /** The events of a file, and where its transactions end. */
    private static List<ByteBuffer> events(byte[] file, NavigableSet<Long> boundaries) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        TransactionScanner scanner = new TransactionScanner();
        List<ByteBuffer> events = new ArrayList<>();
        int checksum = 0;
        for (int position = 4; position < file.length;) {
            EventHeader header = EventHeaderReader.read(bytes, position);
            ByteBuffer event = bytes.slice(position, (int) header.length()).order(ByteOrder.LITTLE_ENDIAN);
            checksum = header.type() == EventType.FORMAT_DESCRIPTION ? FormatDescription.read(event).checksumLength() : checksum;
            position += (int) header.length();
            if (scanner.accept(header, BinlogEvent.of(event, checksum).body()) != TransactionScanner.Step.INSIDE) {
                boundaries.add((long) position);
            }
            events.add(event);
        }
        assertThat(checksum).isEqualTo(CHECKSUM);
        return events;
    }

    /** Sends the events of a captured file as a leader does, one arrival each, and then the link breaks. */
    private record RecordedLeader(List<ByteBuffer> events, Runnable onArrival, Consumer<BinlogCoordinates> onAcknowledge) implements Leader {
        @Override
        public String fileToBegin(BinlogCoordinates end) {
            return end.file();
        }

        @Override
        public EventStream stream(BinlogCoordinates from, String identity) {
            List<ByteBuffer> sent = new ArrayList<>(List.of(rotate(from)));
            long position = 4;
            for (ByteBuffer event : events) {
                if (position >= from.position() || position == 4) {
                    sent.add(event);
                }
                position += event.limit();
            }
            return new RecordedStream(sent.iterator(), onArrival, onAcknowledge);
        }

        private static ByteBuffer rotate(BinlogCoordinates from) {
            byte[] name = from.file().getBytes(StandardCharsets.UTF_8);
            int length = EventHeader.SIZE + 8 + name.length + CHECKSUM;
            return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN).putInt(0).put((byte) EventType.ROTATE).putInt(1).putInt(length)
                    .putInt(0)
                    .putShort((short) 0x20).putLong(from.position()).put(name).putInt(0).flip().order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public LeaderProfile profile() {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<BinlogFile> files() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<GtidSet> gtidsBefore(String file) {
            throw new UnsupportedOperationException();
        }

    }

    private record RecordedStream(Iterator<ByteBuffer> events, Runnable onArrival, Consumer<BinlogCoordinates> onAcknowledge)
            implements
                EventStream {
        @Override
        public void acknowledge(BinlogCoordinates end) {
            onAcknowledge.accept(end);
        }

        @Override
        public EventPart next() throws LeaderException {
            if (!events.hasNext()) {
                onArrival.run();
                throw new LeaderException.Unreachable("the link broke", null);
            }
            ByteBuffer event = events.next().duplicate().order(ByteOrder.LITTLE_ENDIAN);
            EventHeader header = EventHeaderReader.read(event, 0);
            return new EventPart(header, event, true, true, header.type() == EventType.XID);
        }

        @Override
        public boolean hasArrived() {
            onArrival.run();
            return false;
        }

        @Override
        public int checksumLength() {
            return CHECKSUM;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }
}
