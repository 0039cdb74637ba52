package io.millrace.replication.followers;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.follower.Checkpoint;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ApplierProgressTest {
    @Test
    void needsWhatIsPreparedHoweverFarItIs() {
        BinlogCoordinates prepared = BinlogCoordinates.headOf("binlog.000002");
        BinlogCoordinates end = BinlogCoordinates.headOf("binlog.000004");
        ApplierProgress progress = new ApplierProgress();
        progress.startedAt(new Checkpoint("leader", end, GtidSet.empty(), Map.of("x", prepared)));
        progress.reached(end);
        assertThat(progress.applied()).contains(end);
        assertThat(progress.needed()).contains(prepared);
    }
}
