package io.millrace.protocol.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class SemiSyncAckTest {
    private static final SemiSyncAck ACK = new SemiSyncAck(new BinlogCoordinates("binlog.000002", 0x1_0000_0123L));

    @Test
    void isMarkPositionAndName() {
        assertThat(HexFormat.of().formatHex(ACK.payload().array())).isEqualTo("ef" + "2301000001000000" + "62696e6c6f672e303030303032");
        assertThat(SemiSyncAck.read(ACK.payload().order(ByteOrder.LITTLE_ENDIAN))).contains(ACK);
    }

    @Test
    void isNothingElse() {
        for (String packet : new String[]{"01", "ef", "ef2301000001000000", "ff230100000100000062696e6c6f672e303030303032",
                "ef2301000001000000" + "2e2e2f62696e6c6f672e303030303032", "ef0100000000000000" + "62696e6c6f672e303030303032"}) {
            assertThat(SemiSyncAck.read(ByteBuffer.wrap(HexFormat.of().parseHex(packet)).order(ByteOrder.LITTLE_ENDIAN))).as(packet).isEmpty();
        }
    }
}
