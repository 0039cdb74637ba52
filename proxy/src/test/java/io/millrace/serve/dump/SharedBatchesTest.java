package io.millrace.serve.dump;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.protocol.PacketFrames;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedBatchesTest {
    private static final String FILE = "binlog.000001";
    private static final int LENGTH_OFFSET = 9;

    @TempDir
    Path folder;

    private final BufferPool pool = new BufferPool(100, 1 << 16, 32);
    private SharedBatches batches;
    private RelayLog log;
    private BinlogCoordinates second;

    @BeforeEach
    void open() throws Exception {
        Files.copy(Path.of("src/test/resources/binlogs/sample97_binlog.000001"), folder.resolve(FILE));
        log = RelayLog.open(folder);
        batches = new SharedBatches(log, pool);
        try (RelayLogReader reader = log.read(BinlogCoordinates.headOf(FILE))) {
            reader.poll();
            second = reader.position();
        }
    }

    @Test
    void framesAsIfEachEventWereSentByItself() throws Exception {
        try (RelayLogReader reader = log.read(second)) {
            FramedBatch batch = batches.at(reader, 250).orElseThrow();
            PacketFrames frames = new PacketFrames();
            frames.sequence(250);
            GtidSet.Builder gtids = new GtidSet.Builder();
            for (Optional<BinlogEvent> event = reader.poll(); event.isPresent(); event = reader.poll()) {
                frames.begin(event.get().header().length() + 1);
                frames.put(0);
                frames.put(event.get().bytes());
                GtidEventReader.read(event.get()).ifPresent(gtids::add);
            }
            assertThat(batch.packets()).isEqualTo(frames.take());
            assertThat(batch.nextSequence()).isEqualTo(frames.sequence());
            assertThat(batch.end()).isEqualTo(reader.position());
            assertThat(batch.gtids()).isEqualTo(gtids.build()).isNotEqualTo(GtidSet.empty());
        }
    }

    @Test
    void isMadeOnceForAllWhoCountAlike() throws Exception {
        try (RelayLogReader one = log.read(second); RelayLogReader other = log.read(second)) {
            FramedBatch batch = batches.at(one, 3).orElseThrow();
            assertThat(batches.at(other, 3)).containsSame(batch);
            assertThat(batches.at(other, 3 + 256)).containsSame(batch);
            assertThat(batches.at(other, 4).orElseThrow()).isNotSameAs(batch);
        }
    }

    /** Whoever holds a batch keeps its bytes as they are, though others come and its place is given away. */
    @Test
    void staysAsItIsUntilTheLastHolderLetsGo() throws Exception {
        try (RelayLogReader reader = log.read(second)) {
            FramedBatch batch = batches.at(reader, 0).orElseThrow();
            byte[] before = bytes(batch);
            for (int sequence = 1; sequence < 200; sequence++) {
                batches.at(reader, sequence).orElseThrow().release();
            }
            assertThat(batches.at(reader, 0).orElseThrow()).as("its place was given away").isNotSameAs(batch);
            assertThat(bytes(batch)).isEqualTo(before);
            batch.release();
            assertThat(batch.hold()).isFalse();
        }
    }

    @Test
    void givesMemoryToTheNextOnlyWhenItIsBack() {
        ByteBuffer one = pool.take(1 << 15);
        ByteBuffer other = pool.take(1 << 15);
        assertThat(other).isNotSameAs(one);
        pool.giveBack(one);
        assertThat(pool.take(1 << 15)).isSameAs(one);
        assertThat(pool.take(100).isDirect()).isFalse();
    }

    /** Slow clients that are each at a place of their own must not take all memory: the next is told to do without. */
    @Test
    void isNotMadeWhereMemoryIsShort() throws Exception {
        try (RelayLogReader reader = log.read(second)) {
            FramedBatch kept = batches.at(reader, 0).orElseThrow();
            List<ByteBuffer> taken = new ArrayList<>();
            while (!pool.isExhausted()) {
                taken.add(pool.take(1 << 15));
            }
            assertThat(batches.at(reader, 0)).as("what is there is shared on").containsSame(kept);
            assertThat(batches.at(reader, 1)).isEmpty();
            taken.forEach(pool::giveBack);
            assertThat(batches.at(reader, 1)).isPresent();
        }
    }

    private static byte[] bytes(FramedBatch batch) {
        byte[] bytes = new byte[batch.packets().remaining()];
        batch.packets().get(bytes);
        return bytes;
    }

    @Test
    void isNotThereBeforeThereIsAnEvent() throws Exception {
        try (RelayLogReader reader = log.read(log.end().orElseThrow())) {
            assertThat(batches.at(reader, 0)).isEmpty();
        }
    }

    @Test
    void leavesOutWhatIsNotWholeAndWhatIsNotSentAsItStands() throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(FILE))).position(4).slice().order(ByteOrder.LITTLE_ENDIAN);
        BinlogCoordinates head = BinlogCoordinates.headOf(FILE);
        assertThat(FramedBatch.of(bytes, head, 0, pool)).as("a format description").isEmpty();
        ByteBuffer events = bytes.slice((int) second.position() - 4, bytes.limit() - (int) second.position() + 4).order(ByteOrder.LITTLE_ENDIAN);
        int length = events.getInt(LENGTH_OFFSET);
        assertThat(FramedBatch.of(events.slice(0, length - 1).order(ByteOrder.LITTLE_ENDIAN), second, 0, pool)).isEmpty();
        FramedBatch one = FramedBatch.of(events.slice(0, length + 20).order(ByteOrder.LITTLE_ENDIAN), second, 0, pool).orElseThrow();
        assertThat(one.end()).isEqualTo(second.at(second.position() + length));
        events.putInt(LENGTH_OFFSET, 3);
        assertThat(FramedBatch.of(events, second, 0, pool)).as("a damaged length").isEmpty();
    }

    @Test
    void leavesOutNothingThatAReplicaHasNot() throws Exception {
        try (RelayLogReader reader = log.read(second)) {
            FramedBatch batch = batches.at(reader, 0).orElseThrow();
            GtidSet last = lastOf(batch.gtids());
            assertThat(SkipRule.of(GtidSet.parse("00000000-0000-0000-0000-000000000001:1-9")).sendsAllOf(batch)).isTrue();
            assertThat(SkipRule.of(last).sendsAllOf(batch)).isFalse();
            assertThat(SkipRule.none().sendsAllOf(batch)).isTrue();
        }
    }

    private static GtidSet lastOf(GtidSet set) {
        String text = set.toString();
        int number = Math.max(text.lastIndexOf('-'), text.lastIndexOf(':'));
        return GtidSet.parse(text.substring(0, text.indexOf(':')) + ":" + text.substring(number + 1));
    }
}
