package io.millrace.follower.jdbc.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventHeaderReader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.RowsEvent;
import io.millrace.follower.jdbc.statements.AppliedSchemas;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplayFeedTest {
    private static final int ROWS_BYTES = 200;

    @Test
    void putsSeveralTransactionsIntoOneStatementThatOpensEachTableOnce() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 100_000, 1_000_000);
        List<RowFeed.Packet> packets = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            packets.addAll(feed.add(tableMap(7 + i % 2, "shop" + i % 2)));
            packets.addAll(feed.add(rows(7 + i % 2, true)));
        }
        assertThat(packets).isEmpty();
        assertThat(types(feed.drain().getFirst())).containsExactly("TABLE_MAP", "TABLE_MAP", "WRITE_ROWS", "WRITE_ROWS", "WRITE_ROWS end");
        assertThat(feed.drain()).isEmpty();
    }

    @Test
    void beginsAnotherStatementWhereTheChecksChange() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 100_000, 1_000_000);
        feed.add(tableMap(7, "shop"));
        feed.add(rows(7, true));
        feed.add(tableMap(7, "shop"));
        List<RowFeed.Packet> full = feed.add(rows(7, RowsEvent.STATEMENT_END | 2));
        assertThat(full).hasSize(1);
        assertThat(types(full.getFirst())).containsExactly("TABLE_MAP", "WRITE_ROWS end");
        assertThat(types(feed.drain().getFirst())).containsExactly("TABLE_MAP", "WRITE_ROWS end");
    }

    /** As a leader does that logs what foreign keys cascade: the children first, without checks, then the parent. */
    @Test
    void keepsAStatementTogetherWhoseRowsHaveOtherFlags() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 100_000, 1_000_000);
        feed.add(tableMap(7, "parent"));
        feed.add(tableMap(8, "child"));
        assertThat(feed.add(rows(8, 2))).isEmpty();
        assertThat(feed.add(rows(7, RowsEvent.STATEMENT_END))).isEmpty();
        feed.add(tableMap(7, "parent"));
        List<RowFeed.Packet> full = feed.add(rows(7, RowsEvent.STATEMENT_END));
        assertThat(full).hasSize(1);
        assertThat(types(full.getFirst())).containsExactly("TABLE_MAP", "TABLE_MAP", "WRITE_ROWS", "WRITE_ROWS end");
    }

    @Test
    void asksForNoChecksWhereTheLeaderLogsWhatItsKeysCascade() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 100_000, 1_000_000);
        feed.add(tableMap(7, "parent"));
        feed.add(rows(7, RowsEvent.STATEMENT_END | RowsEvent.CASCADES_LOGGED));
        feed.add(tableMap(7, "parent"));
        feed.add(rows(7, RowsEvent.STATEMENT_END));
        assertThat(flags(feed.drain().getFirst())).as("rows of a leader that logs none").isEqualTo(RowsEvent.STATEMENT_END);
        feed.add(tableMap(7, "parent"));
        feed.add(rows(7, RowsEvent.STATEMENT_END | RowsEvent.CASCADES_LOGGED));
        assertThat(flags(feed.drain().getFirst())).as("rows of a leader that logs them")
                .isEqualTo(RowsEvent.STATEMENT_END | RowsEvent.NO_FOREIGN_KEY_CHECKS | RowsEvent.CASCADES_LOGGED);
    }

    @Test
    void beginsAnotherStatementWhereATableIsAnotherOne() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 100_000, 1_000_000);
        feed.add(tableMap(7, "shop"));
        feed.add(rows(7, true));
        assertThat(feed.add(tableMap(7, "stop"))).as("the id of another table").hasSize(1);
        feed.add(rows(7, true));
        assertThat(feed.add(tableMap(8, "stop"))).as("another id of the table").hasSize(1);
        feed.add(rows(8, true));
        assertThat(types(feed.drain().getFirst())).containsExactly("TABLE_MAP", "WRITE_ROWS end");
    }

    @Test
    void cutsAStatementThatIsTooLargeWithItsTableMapsRepeated() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 2 * ROWS_BYTES + 100, 1_000_000);
        List<RowFeed.Packet> packets = new ArrayList<>(feed.add(tableMap(7, "shop")));
        for (int i = 0; i < 5; i++) {
            packets.addAll(feed.add(rows(7, i == 4)));
        }
        packets.addAll(feed.drain());
        assertThat(packets).hasSize(3);
        assertThat(types(packets.get(0))).containsExactly("TABLE_MAP", "WRITE_ROWS", "WRITE_ROWS end");
        assertThat(types(packets.get(1))).containsExactly("TABLE_MAP", "WRITE_ROWS", "WRITE_ROWS end");
        assertThat(types(packets.get(2))).containsExactly("TABLE_MAP", "WRITE_ROWS end");
    }

    @Test
    void neverLeavesATableMapWithoutRowsAtTheEndOfAStatement() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), ROWS_BYTES + 60, 1_000_000);
        List<RowFeed.Packet> packets = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            packets.addAll(feed.add(tableMap(7, "shop")));
            packets.addAll(feed.add(rows(7, true)));
        }
        packets.addAll(feed.drain());
        assertThat(packets).allSatisfy(packet -> assertThat(types(packet).getLast()).isEqualTo("WRITE_ROWS end"));
        assertThat(packets.stream().mapToLong(packet -> types(packet).stream().filter(type -> type.startsWith("WRITE")).count()).sum()).isEqualTo(4);
    }

    @Test
    void leavesOutItsOwnSchemaAndStillEndsTheStatement() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 100_000, 1_000_000);
        feed.add(tableMap(7, "shop"));
        feed.add(tableMap(8, "millrace"));
        feed.add(rows(7, false));
        feed.add(rows(8, true));
        assertThat(types(feed.drain().getFirst())).containsExactly("TABLE_MAP", "WRITE_ROWS end");
    }

    @Test
    void keepsAStatementWholeWhereTheTableCannotBeRolledBack() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 2 * ROWS_BYTES, 4 * ROWS_BYTES);
        feed.keepWhole(true);
        feed.add(tableMap(7, "shop"));
        assertThat(feed.add(rows(7, false))).isEmpty();
        assertThat(feed.add(rows(7, false))).isEmpty();
        assertThat(feed.add(rows(7, false))).isEmpty();
        assertThatThrownBy(() -> feed.add(rows(7, true))).isInstanceOf(SQLException.class).hasMessageContaining("max_allowed_packet");
    }

    @Test
    void refusesWhatTheHeapWouldNotBear() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 100_000, 1_000_000);
        feed.add(tableMap(7, "shop"));
        ByteBuffer large = ByteBuffer.allocateDirect((int) (Runtime.getRuntime().maxMemory() / 8) + 100).order(ByteOrder.LITTLE_ENDIAN);
        large.putInt(1).put((byte) EventType.WRITE_ROWS).putInt(1).putInt(large.capacity()).clear();
        assertThatThrownBy(() -> feed.add(BinlogEvent.of(large, 4))).isInstanceOf(SQLException.class)
                .hasMessageContaining("MILLRACE_JAVA_OPTIONS='-Xmx");
    }

    @Test
    void refusesRowsThatTheServerWouldSilentlyLeaveOut() throws Exception {
        ReplayFeed feed = new ReplayFeed(AppliedSchemas.all(), table -> new BitSet(), 100_000, 1_000_000);
        feed.add(tableMap(7, "shop"));
        feed.add(rows(7, true));
        assertThatThrownBy(() -> feed.add(rows(7, true))).isInstanceOf(IllegalStateException.class).hasMessageContaining("table id 7");
    }

    private static List<String> types(RowFeed.Packet packet) {
        ByteBuffer events = ByteBuffer.wrap(Base64.getDecoder().decode(packet.sql().replace("BINLOG '", "").replace("'", "")))
                .order(ByteOrder.LITTLE_ENDIAN);
        List<String> types = new ArrayList<>();
        int position = 0;
        while (position < events.limit()) {
            EventHeader header = EventHeaderReader.read(events, position);
            boolean ends = header.type() == EventType.WRITE_ROWS && (events.get(position + EventHeader.SIZE + 6) & 1) != 0;
            types.add(EventType.name(header.type()) + (ends ? " end" : ""));
            position += (int) header.length();
        }
        return types;
    }

    /** Of the packet's last rows, which are as long as all test rows. */
    private static int flags(RowFeed.Packet packet) {
        byte[] events = Base64.getDecoder().decode(packet.sql().replace("BINLOG '", "").replace("'", ""));
        return events[events.length - (ROWS_BYTES - 4) + EventHeader.SIZE + RowsEvent.FLAGS_OFFSET];
    }

    private static BinlogEvent tableMap(long id, String schema) {
        ByteBuffer body = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt((int) id).putShort((short) 0).putShort((short) 1).put((byte) schema.length()).put(schema.getBytes(StandardCharsets.US_ASCII))
                .put((byte) 0).put((byte) 1).put((byte) 't').put((byte) 0).put((byte) 1).put((byte) 3).put((byte) 0).put((byte) 0);
        return event(EventType.TABLE_MAP, body.flip());
    }

    private static BinlogEvent rows(long id, boolean ends) {
        return rows(id, ends ? RowsEvent.STATEMENT_END : 0);
    }

    private static BinlogEvent rows(long id, int flags) {
        ByteBuffer body = ByteBuffer.allocate(ROWS_BYTES - EventHeader.SIZE - 4).order(ByteOrder.LITTLE_ENDIAN);
        body.putInt((int) id).putShort((short) 0).putShort((short) flags).putShort((short) 2).position(body.limit());
        return event(EventType.WRITE_ROWS, body.flip());
    }

    private static BinlogEvent event(int type, ByteBuffer body) {
        ByteBuffer whole = ByteBuffer.allocate(EventHeader.SIZE + body.remaining() + 4).order(ByteOrder.LITTLE_ENDIAN);
        whole.putInt(1).put((byte) type).putInt(1).putInt(whole.capacity()).putInt(0).putShort((short) 0).put(body).putInt(0).flip();
        return BinlogEvent.of(whole, 4);
    }
}
