package io.millrace.serve.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.Gtid;
import io.millrace.binlog.GtidSet;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.protocol.replication.DumpRequest;
import io.millrace.protocol.EofPacket;
import io.millrace.protocol.PacketInput;
import io.millrace.relay.RelayLog;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DumpSessionTest {
    private static final String FILE = "binlog.000001";
    private static final int EOF = 0xfe;
    private static final DumpRequest ALL = new DumpRequest(FILE, 4, DumpRequest.NON_BLOCK, 7, Optional.empty());

    @TempDir
    Path folder;

    private RelayLog log;

    @BeforeEach
    void open() throws Exception {
        Files.copy(Path.of("src/test/resources/binlogs/sample97_binlog.000001"), folder.resolve(FILE));
        log = RelayLog.open(folder);
    }

    @Test
    void sendsTheBytesOfTheFileBehindARotateAndEnds() throws Exception {
        Recorder output = new Recorder(false);
        session(output, ALL).run(GtidSet::empty, () -> false);
        List<byte[]> packets = packets(output.bytes());
        assertThat(packets.getFirst()[1 + 4]).isEqualTo((byte) EventType.ROTATE);
        assertThat(packets.getLast()[0] & 0xff).isEqualTo(EOF);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(new byte[]{(byte) 0xfe, 'b', 'i', 'n'});
        packets.subList(1, packets.size() - 1).forEach(packet -> file.write(packet, 1, packet.length - 1));
        assertThat(file.toByteArray()).isEqualTo(Files.readAllBytes(folder.resolve(FILE)));
    }

    @Test
    void leavesOutWhatAReplicaHasInTheMiddle() throws Exception {
        List<Gtid> all = gtids(packetsOf(GtidSet.empty()));
        Gtid known = all.get(1);
        List<Gtid> rest = gtids(packetsOf(new GtidSet.Builder().add(known).build()));
        assertThat(all).hasSizeGreaterThan(2).contains(known);
        assertThat(rest).isEqualTo(all.stream().filter(gtid -> !gtid.equals(known)).toList());
    }

    private List<byte[]> packetsOf(GtidSet known) throws Exception {
        Recorder output = new Recorder(false);
        session(output, new DumpRequest(FILE, 4, DumpRequest.NON_BLOCK, 7, Optional.of(known))).run(() -> known, () -> false);
        return packets(output.bytes());
    }

    private static List<Gtid> gtids(List<byte[]> packets) {
        return packets.stream().filter(packet -> packet.length > 20)
                .map(packet -> BinlogEvent.of(ByteBuffer.wrap(packet, 1, packet.length - 1), 4)).map(GtidEventReader::read).flatMap(Optional::stream)
                .toList();
    }

    /** A replica that takes everything at once must hear of a shutdown before it has all of a long log. */
    @Test
    void endsBetweenTwoPacketsAsSoonAsItIsInterrupted() throws Exception {
        Recorder output = new Recorder(true);
        DumpSession session = session(output, ALL);
        assertThatThrownBy(() -> session.run(GtidSet::empty, () -> false)).isInstanceOf(InterruptedException.class);
        session.finish(new EofPacket(false).payload());
        List<byte[]> packets = packets(output.bytes());
        assertThat(packets).as("the rotate and the end").hasSize(2);
        assertThat(packets.getLast()[0] & 0xff).isEqualTo(EOF);
    }

    private DumpSession session(Recorder output, DumpRequest request) {
        ReplicaSettings replica = new ReplicaSettings(Duration.ZERO, Optional.of("CRC32"), Optional.empty(), Optional.empty(), false);
        return new DumpSession(new SharedBatches(log), new LeaderIdentity(1, new UUID(0, 1), false, true), request, replica, output);
    }

    /** Fails if a frame is cut off or out of its order. */
    private static List<byte[]> packets(byte[] sent) throws IOException {
        PacketInput input = new PacketInput(new ByteArrayInputStream(sent), 1 << 20);
        List<byte[]> packets = new ArrayList<>();
        int taken = 0;
        while (taken < sent.length) {
            ByteBuffer packet = input.packet();
            assertThat(input.sequence()).isEqualTo(packets.size() + 1 & 0xff);
            byte[] payload = new byte[packet.remaining()];
            packet.get(payload);
            packets.add(payload);
            taken += payload.length + 4;
        }
        assertThatThrownBy(input::packet).isInstanceOf(EOFException.class);
        return packets;
    }

    private static final class Recorder implements DumpOutput {
        private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
        private final boolean interrupts;

        Recorder(boolean interrupts) {
            this.interrupts = interrupts;
        }

        byte[] bytes() {
            return sent.toByteArray();
        }

        @Override
        public void write(ByteBuffer bytes) {
            byte[] taken = new byte[bytes.remaining()];
            bytes.get(taken);
            sent.writeBytes(taken);
            if (interrupts) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void share(ByteBuffer bytes, Runnable taken) {
            write(bytes);
            taken.run();
        }
    }
}
