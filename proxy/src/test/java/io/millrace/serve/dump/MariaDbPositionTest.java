package io.millrace.serve.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.PreviousGtidsReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MariaDbPositionTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            0-1-100 | 0-1-99 | true
            0-1-100 | 0-1-100 | true
            0-1-100 | 0-1-101 | false
            0-1-100 | 0-1-100,0-2-90 | false
            0-1-100 | 0-2-90,0-1-100 | true
            0-1-100 | 1-1-5 | false
            0-1-100,1-1-9 | 0-1-50,1-1-5 | true
            0-1-100 | '' | true
            '' | 0-1-1 | false
            '' | '' | true
            """)
    void findsTheFileInWhichAReplicaGoesOn(String wanted, String before, boolean may) {
        assertThat(from(wanted).mayBeginAfter(MariaDbPosition.list(before))).isEqualTo(may);
    }

    @Test
    void leavesOutEverythingUpToTheReplicasOwnPlace() throws Exception {
        MariaDbPosition position = from("0-1-3,1-1-7");
        position.beginAfter(MariaDbPosition.list("0-1-1,1-1-7"));
        assertThat(position.skips(gtid(0, 1, 2))).isTrue();
        assertThat(position.skips(gtid(1, 1, 8))).isFalse();
        assertThat(position.missing()).isPresent();
        assertThat(position.skips(gtid(0, 1, 3))).isTrue();
        assertThat(position.missing()).isEmpty();
        assertThat(position.skips(gtid(0, 1, 4))).isFalse();
        assertThat(position.skips(gtid(2, 1, 1))).isFalse();
        assertThat(PreviousGtidsReader.readMariaDb(position.reached().orElseThrow())).isEqualTo("0-1-3,1-1-8");
    }

    @Test
    void refusesAReplicaThatHasWhatTheLogHasNot() throws Exception {
        MariaDbPosition position = from("0-1-3");
        position.beginAfter(MariaDbPosition.list("0-1-1"));
        assertThatThrownBy(() -> position.skips(gtid(0, 1, 4))).isInstanceOf(DumpRefused.class).hasMessageContaining("diverged");
        assertThatThrownBy(() -> from("0-1")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void goesOnBehindAHoleWhereThatIsNotStrict() throws Exception {
        MariaDbPosition position = new MariaDbPosition(new ReplicaSettings.MariaDbRange("0-1-3", Optional.empty(), false));
        position.beginAfter(MariaDbPosition.list("0-1-1"));
        assertThat(position.skips(gtid(0, 1, 2))).isTrue();
        assertThat(position.skips(gtid(0, 1, 4))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            0-1-100 | 0-1-98,0-2-150 | 0-1-100
            0-1-100 | 0-1-100,0-2-150 | -
            0-9-5 | 0-1-100 | 0-9-5
            7-1-5 | 0-1-100 | -
            '' | 0-1-100 | -
            """)
    void knowsWhatTheReplicaHasAndTheLogNeverHad(String wanted, String logged, String ahead) {
        assertThat(from(wanted).aheadOf(MariaDbPosition.list(logged)).map(MariaDbPosition.Entry::toString)).isEqualTo(Optional.ofNullable(ahead));
    }

    @Test
    void endsWithTheLastThatIsWantedOfEachDomain() throws Exception {
        MariaDbPosition position = new MariaDbPosition(new ReplicaSettings.MariaDbRange("0-1-1", Optional.of("0-1-3,1-1-7"), false));
        position.beginAfter(MariaDbPosition.list("0-1-1"));
        assertThat(position.hasEnd()).isTrue();
        assertThat(position.skips(gtid(0, 1, 2))).isFalse();
        assertThat(position.skips(gtid(2, 1, 1))).as("a domain that is not wanted").isTrue();
        assertThat(position.skips(gtid(0, 1, 3))).isFalse();
        assertThat(position.skips(gtid(0, 1, 4))).isTrue();
        assertThat(position.last()).isEmpty();
        assertThat(position.skips(gtid(1, 1, 8))).as("the one that is named is missing").isTrue();
        assertThat(position.last().orElseThrow().getInt(0)).isEqualTo(3 | 1 << 28);
    }

    @Test
    void endsBeforeTheOneThatIsNamedWhereThatIsNotWanted() throws Exception {
        MariaDbPosition position = new MariaDbPosition(new ReplicaSettings.MariaDbRange("0-1-1", Optional.of("0-1-3"), true, true, false));
        position.beginAfter(MariaDbPosition.list("0-1-1"));
        assertThat(position.skips(gtid(0, 1, 2))).isFalse();
        assertThat(position.skips(gtid(0, 1, 3))).isTrue();
        assertThat(position.last()).isPresent();
    }

    @Test
    void servesWhoHasMoreFromOthersWhereThatIsIgnored() throws Exception {
        MariaDbPosition position = new MariaDbPosition(new ReplicaSettings.MariaDbRange("0-2-9", Optional.empty(), true, false, true));
        assertThat(position.aheadOf(MariaDbPosition.list("0-1-4"))).isEmpty();
        assertThat(position.aheadOf(MariaDbPosition.list("0-1-9"))).as("another history").isPresent();
        position.beginAfter(MariaDbPosition.list("0-1-3"));
        assertThat(position.skips(gtid(0, 1, 4))).isTrue();
        assertThat(position.missing()).isEmpty();
    }

    @Test
    void endsAtOnceWhereAllThatIsWantedIsThere() throws Exception {
        MariaDbPosition position = new MariaDbPosition(new ReplicaSettings.MariaDbRange("0-1-5", Optional.of("0-1-3"), false));
        position.beginAfter(MariaDbPosition.list("0-1-4"));
        assertThat(position.last()).isPresent();
        assertThat(new MariaDbPosition(new ReplicaSettings.MariaDbRange("", Optional.of(""), false)).last()).isPresent();
    }

    private static MariaDbPosition from(String position) {
        return new MariaDbPosition(new ReplicaSettings.MariaDbRange(position, Optional.empty(), true));
    }

    private static BinlogEvent gtid(int domain, int server, long number) {
        ByteBuffer event = ByteBuffer.allocate(19 + 19).order(ByteOrder.LITTLE_ENDIAN).putInt(1).put((byte) EventType.MARIADB_GTID).putInt(server)
                .putInt(38).putInt(0).putShort((short) 0).putLong(number).putInt(domain).put((byte) 0).put(new byte[6]).flip();
        return BinlogEvent.of(event, 0);
    }
}
