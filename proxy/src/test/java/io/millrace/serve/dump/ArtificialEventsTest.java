package io.millrace.serve.dump;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class ArtificialEventsTest {
    private static final BinlogCoordinates AT = new BinlogCoordinates("binlog.000001", 811);

    @Test
    void writesTheHeartbeatThatASourceWasSeenToSend() {
        BinlogEvent event = BinlogEvent.of(ArtificialEvents.heartbeatV2(9, AT, false), 0);
        assertThat(event.type()).isEqualTo(EventType.HEARTBEAT_V2);
        assertThat(event.header().endPosition()).isEqualTo(AT.position());
        byte[] body = new byte[event.body().remaining()];
        event.body().get(body);
        assertThat(HexFormat.of().formatHex(body)).isEqualTo("010d62696e6c6f672e3030303030310203fc2b0300");
    }

    @Test
    void endsInAChecksumWhereTheFileHasThem() {
        ByteBuffer rotate = ArtificialEvents.rotate(9, AT, true);
        assertThat(rotate.remaining()).isEqualTo(ArtificialEvents.rotate(9, AT, false).remaining() + 4);
        CRC32 crc = new CRC32();
        crc.update(rotate.slice(0, rotate.remaining() - 4));
        assertThat(rotate.order(java.nio.ByteOrder.LITTLE_ENDIAN).getInt(rotate.limit() - 4)).isEqualTo((int) crc.getValue());
        BinlogEvent event = BinlogEvent.of(rotate, 4);
        assertThat(event.header().isArtificial()).isTrue();
        assertThat(event.header().timestamp()).isZero();
        assertThat(event.header().endPosition()).isZero();
    }
}
