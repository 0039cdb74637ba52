package io.millrace.replication.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.snapshot.LeaderLoad;
import org.junit.jupiter.api.Test;

class ReaderCountTest {
    private static final ReaderCount.Bounds BOUNDS = new ReaderCount.Bounds(2, 4, 10);
    private static final int OURS = 5;

    private long writes;
    private long nanos;

    private LeaderLoad load(int others, int moreWrites, double millisEach) {
        writes += moreWrites;
        nanos += (long) (moreWrites * millisEach * 1e6);
        return new LeaderLoad(others + OURS, writes, nanos);
    }

    @Test
    void staysAtTheMostWhileTheLeaderIsNotBusy() {
        ReaderCount count = new ReaderCount(BOUNDS, load(0, 0, 0));

        assertThat(count.next(load(6, 1000, 1))).isEqualTo(4);
        assertThat(count.next(load(10, 1000, 4.9))).isEqualTo(4);
        assertThat(count.reason()).isEmpty();
    }

    @Test
    void givesWayStepByStepDownToTheLeastAndComesBack() {
        ReaderCount count = new ReaderCount(BOUNDS, load(0, 0, 0));

        assertThat(count.next(load(30, 0, 0))).isEqualTo(3);
        assertThat(count.reason()).isEqualTo("30 of the leader's threads run");
        assertThat(count.next(load(30, 0, 0))).isEqualTo(2);
        assertThat(count.next(load(30, 0, 0))).isEqualTo(2);
        assertThat(count.next(load(1, 0, 0))).isEqualTo(3);
        assertThat(count.reason()).isEmpty();
        assertThat(count.next(load(1, 0, 0))).isEqualTo(4);
        assertThat(count.next(load(1, 0, 0))).isEqualTo(4);
    }

    @Test
    void givesWayToWritesThatTakeThreeTimesAsLong() {
        ReaderCount count = new ReaderCount(BOUNDS, load(0, 0, 0));

        assertThat(count.next(load(1, 1000, 2))).isEqualTo(4);
        assertThat(count.next(load(1, 1000, 5.9))).isEqualTo(4);
        assertThat(count.next(load(1, 1000, 7))).isEqualTo(3);
        assertThat(count.reason()).isEqualTo("the leader's writes take 7.0 ms, 2.0 at their quickest");
        assertThat(count.next(load(1, 5, 400))).as("five writes say nothing").isEqualTo(4);
    }

    @Test
    void takesTheMostForTheLeastWhereThatIsLess() {
        ReaderCount count = new ReaderCount(new ReaderCount.Bounds(8, 2, 10), load(0, 0, 0));

        assertThat(count.next(load(30, 0, 0))).isEqualTo(2);
    }
}
