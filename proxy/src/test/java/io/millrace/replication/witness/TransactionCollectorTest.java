package io.millrace.replication.witness;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.row.Value;
import io.millrace.snapshot.Catalog;
import io.millrace.snapshot.Column;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionCollectorTest {
    private static final BinlogCoordinates END = BinlogCoordinates.headOf("b.000001");
    private static final TableDefinition TABLE = new TableDefinition(new TableName("s", "t"),
            List.of(new Column("id", "int", "int", "", false), new Column("c", "int", "int", "", false), new Column("d", "int", "int", "", false)),
            List.of("id"), "InnoDB", "", 0);
    private static final byte ID = 1;
    private static final byte C = 2;
    private static final byte D = 4;

    private final TransactionCollector collector = new TransactionCollector(new Catalog(List.of(TABLE), List.of()), Set.of(), Optional.empty());

    @Test
    void keepsWhatAnEarlierStatementSetWhereALaterImageLacksIt() {
        collector.accept(tableMap());
        collector.accept(update(C, 1, 2));
        collector.accept(update(D, 1, 6));
        KeyChange change = finish().changes().getFirst();
        assertThat(change.before().orElseThrow()).containsExactly(number(1), Optional.empty(), Optional.empty());
        assertThat(change.after().orElseThrow()).containsExactly(number(1), number(2), number(6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"INSERT INTO s.t VALUES (1)", "/* job */ delete from s.t", "TRUNCATE TABLE t", "ALTER TABLE t ADD x INT",
            "DROP TABLE t", "CREATE OR REPLACE TABLE t (a INT)", "RENAME TABLE t TO u, v TO t"})
    void hidesWhatStatementsMayHaveWritten(String statement) {
        collector.accept(query(statement));
        assertThat(finish()).matches(LoggedTransaction::hiding).matches(LoggedTransaction::opaque);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATE TABLE u (a INT)", "DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `x`", "DROP TEMPORARY TABLE x",
            "GRANT SELECT ON *.* TO a",
            "ALTER USER a ACCOUNT LOCK", "ANALYZE TABLE t", "CREATE OR REPLACE VIEW v AS SELECT 1"})
    void onlyDoesNotSeeThroughStatementsThatWriteNoRows(String statement) {
        collector.accept(query(statement));
        assertThat(finish()).matches(LoggedTransaction::opaque).matches(transaction -> !transaction.hiding());
    }

    @ParameterizedTest
    @ValueSource(strings = {"BEGIN", "COMMIT", "SAVEPOINT `a`"})
    void seesThroughWhatOnlyBoundsATransaction(String statement) {
        collector.accept(query(statement));
        assertThat(finish()).matches(transaction -> !transaction.opaque() && !transaction.hiding());
    }

    @Test
    void doesNotKnowWhatAPreparedTransactionWroteThatItDidNotSee() {
        collector.accept(query("XA COMMIT X'61',X'',1"));
        assertThat(finish()).matches(LoggedTransaction::hiding);
    }

    private LoggedTransaction finish() {
        return collector.finish(END, new HashMap<>());
    }

    private static Optional<Value> number(int number) {
        return Optional.of(new Value.Text(Integer.toString(number)));
    }

    private static BinlogEvent query(String statement) {
        ByteBuffer body = body(64 + statement.length());
        body.putInt(1).putInt(0).put((byte) 1).putShort((short) 0).putShort((short) 0);
        body.put((byte) 's').put((byte) 0).put(statement.getBytes(StandardCharsets.UTF_8));
        return event(EventType.QUERY, body);
    }

    private static BinlogEvent tableMap() {
        ByteBuffer body = body(64);
        tableId(body).put((byte) 1).put((byte) 's').put((byte) 0).put((byte) 1).put((byte) 't').put((byte) 0);
        body.put((byte) 3).put((byte) 3).put((byte) 3).put((byte) 3).put((byte) 0).put((byte) 0);
        return event(EventType.TABLE_MAP, body);
    }

    /** With the images of binlog_row_image=MINIMAL: the key before, what was set after. */
    private static BinlogEvent update(byte set, int id, int value) {
        ByteBuffer body = body(64);
        tableId(body).putShort((short) 2).put((byte) 3).put(ID).put(set);
        body.put((byte) 0).putInt(id).put((byte) 0).putInt(value);
        return event(EventType.UPDATE_ROWS, body);
    }

    private static ByteBuffer tableId(ByteBuffer body) {
        return body.putInt(7).putShort((short) 0).putShort((short) 1);
    }

    private static ByteBuffer body(int bytes) {
        return ByteBuffer.allocate(EventHeader.SIZE + bytes).order(ByteOrder.LITTLE_ENDIAN).position(EventHeader.SIZE);
    }

    private static BinlogEvent event(int type, ByteBuffer written) {
        written.flip();
        written.putInt(0, 0).put(4, (byte) type).putInt(5, 1).putInt(9, written.limit()).putInt(13, 0).putShort(17, (short) 0);
        return BinlogEvent.of(written, 0);
    }
}
