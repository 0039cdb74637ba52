package io.millrace.binlog.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events captured from real servers. */
class CapturedEventsTest {
    @Test
    void readsATaggedGtid() {
        String body = "027200000002d2ca9103329903f90222c50321027404f103000000020404060a6d7974616708180a1c0c7f368d0286e460061065041283120b51ad52ab";
        assertThat(GtidEventReader.read(event(EventType.GTID_TAGGED, body)).orElseThrow())
                .hasToString("6965e419-e6be-11f1-883a-02fc00000001:mytag:1");
    }

    @Test
    void readsAnUntaggedGtid() {
        String body = "006965e419e6be11f1883a02fc0000000103000000000000000202000000000000000300000000000000d2734a73e46006fc130150620100e00c7403";
        assertThat(GtidEventReader.read(event(EventType.GTID, body)).orElseThrow()).hasToString("6965e419-e6be-11f1-883a-02fc00000001:3");
    }

    @Test
    void readsPreviousGtidsWithTags() {
        String body = "01020000000000016965e419e6be11f1883a02fc0000000100010000000000000001000000000000000a00000000000000"
                + "6965e419e6be11f1883a02fc000000010a6d7974616701000000000000000100000000000000020000000000000031fc22a2";
        assertThat(PreviousGtidsReader.read(event(EventType.PREVIOUS_GTIDS, body).body()))
                .hasToString("6965e419-e6be-11f1-883a-02fc00000001:1-9:mytag:1");
    }

    @Test
    void readsARotation() {
        BinlogEvent rotate = event(EventType.ROTATE, "040000000000000062696e6c6f672e303030303032038b60ff");
        assertThat(RotateEvent.read(rotate.body()).next()).isEqualTo(BinlogCoordinates.headOf("binlog.000002"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sample57_binlog.000001", "sample80_binlog.000001", "sample97_binlog.000001", "sample97_tail_no_rotate.000001",
            "sample_mariadb1011_mbin.000002", "sample_mariadb118_mbin.000001"})
    void findsTheEndOfEveryTransaction(String file) throws Exception {
        TransactionScanner scanner = new TransactionScanner();
        int opened = 0;
        int ended = 0;
        for (BinlogEvent event : events(file)) {
            opened += EventType.isGtid(event.type()) ? 1 : 0;
            ended += scanner.accept(event.header(), event.body()) == TransactionScanner.Step.END ? 1 : 0;
        }
        assertThat(opened).isPositive().isEqualTo(ended);
        assertThat(scanner.isOutside()).isTrue();
    }

    @Test
    void readsTheSessionOfAStatement() throws Exception {
        QueryEvent statement = events("sample80_binlog.000001").stream().filter(event -> event.type() == EventType.QUERY)
                .map(event -> QueryEvent.read(event.body())).filter(event -> !event.latin1().equals("BEGIN")).findFirst().orElseThrow();
        assertThat(statement.context().values()).containsKeys("sql_mode", "character_set_client", "foreign_key_checks");
        assertThat(statement.latin1()).isNotBlank();
    }

    private static BinlogEvent event(int type, String body) {
        byte[] bytes = HexFormat.of().parseHex(body);
        ByteBuffer whole = ByteBuffer.allocate(EventHeader.SIZE + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        whole.putInt(1795384477).put((byte) type).putInt(9701).putInt(whole.capacity()).putInt(0).putShort((short) 0).put(bytes).flip();
        return BinlogEvent.of(whole, 4);
    }

    private static List<BinlogEvent> events(String file) throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(Path.of("src/test/resources/binlogs", file))).order(ByteOrder.LITTLE_ENDIAN);
        List<BinlogEvent> events = new ArrayList<>();
        int position = 4;
        int checksum = 0;
        while (position < bytes.limit()) {
            EventHeader header = EventHeaderReader.read(bytes, position);
            ByteBuffer event = bytes.slice(position, (int) header.length()).order(ByteOrder.LITTLE_ENDIAN);
            checksum = header.type() == EventType.FORMAT_DESCRIPTION ? FormatDescription.read(event).checksumLength() : checksum;
            events.add(BinlogEvent.of(event, checksum));
            position += (int) header.length();
        }
        return events;
    }
}
