package io.millrace.follower.jdbc.rows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BinlogStatementTest {
    /** Of sizes that are no multiples of three, so that the text of one event runs on into that of the next. */
    @ParameterizedTest
    @ValueSource(ints = {100, 5_000_000})
    void holdsAllEventsOneBehindTheOther(int size) {
        List<byte[]> events = List.of(new byte[41], new byte[size], new byte[7]);
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] event : events) {
            new Random(size).nextBytes(event);
            joined.writeBytes(event);
        }
        assertThat(BinlogStatement.of(events, joined.size())).isEqualTo("BINLOG '" + Base64.getEncoder().encodeToString(joined.toByteArray()) + "'");
    }
}
