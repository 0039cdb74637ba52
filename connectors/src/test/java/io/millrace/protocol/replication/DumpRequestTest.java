package io.millrace.protocol.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpRequestTest {
    private static final String UUID = "c0896463-e744-11f1-b897-02fc00000001";

    @Test
    void readsWhatTheClientSideWrites() {
        DumpRequest request = DumpRequest.readDump(new ComBinlogDump(new BinlogCoordinates("binlog.000007", 4_000_000_000L), 2, 77).payload());
        assertThat(request).isEqualTo(new DumpRequest("binlog.000007", 4_000_000_000L, 2, 77, Optional.empty()));
        DumpRequest byGtid = DumpRequest.readDumpGtid(new ComBinlogDumpGtid(new BinlogCoordinates("binlog.000007", 5_000_000_000L), 77).payload());
        assertThat(byGtid).isEqualTo(new DumpRequest("binlog.000007", 5_000_000_000L, 0, 77, Optional.of(GtidSet.empty())));
    }

    @Test
    void readsTheGtidsOfAReplica() {
        DumpRequest request = DumpRequest.readDumpGtid(gtidRequest(encoded(1, 0)));
        assertThat(request.gtids()).contains(GtidSet.parse(UUID + ":1-9"));
        assertThat(request.file()).isEmpty();
    }

    @Test
    void readsTaggedGtids() {
        assertThat(DumpRequest.readDumpGtid(gtidRequest(encoded(1, 1))).gtids()).contains(GtidSet.parse(UUID + ":mytag:1-9"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e", "1e0000", "1e000001000000ffffff7f", "1e0000010000000000000004000000000000003000000001",
            "1e00000100000000000000040000000000000008000000ffffffffffffff7f"})
    void refusesWhatIsCutOffOrLies(String hex) {
        ByteBuffer packet = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        assertThatThrownBy(() -> DumpRequest.readDumpGtid(packet)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void knowsWhoWantsAnEnd() {
        assertThat(new DumpRequest("", 4, 0, 0, Optional.empty()).isNonBlocking()).isTrue();
        assertThat(new DumpRequest("", 4, DumpRequest.NON_BLOCK, 5, Optional.empty()).isNonBlocking()).isTrue();
        assertThat(new DumpRequest("", 4, DumpRequest.HEARTBEAT_V2, 5, Optional.empty()).isNonBlocking()).isFalse();
    }

    private static ByteBuffer gtidRequest(ByteBuffer set) {
        return ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN).put((byte) 0x1e).putShort((short) 2).putInt(9702).putInt(0).putLong(4)
                .putInt(set.remaining()).put(set).flip();
    }

    /** As a replica encodes {@code UUID:1-9}, with a tag (format 1) or without. */
    private static ByteBuffer encoded(int sources, int format) {
        ByteBuffer set = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
        set.putLong(format == 0 ? sources : 1L << 56 | (long) sources << 8 | 1);
        set.put(HexFormat.of().parseHex(UUID.replace("-", "")));
        if (format == 1) {
            set.put((byte) (5 << 1)).put("mytag".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        return set.putLong(1).putLong(1).putLong(10).flip();
    }
}
