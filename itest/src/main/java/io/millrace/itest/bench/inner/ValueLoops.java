package io.millrace.itest.bench.inner;

import io.millrace.binlog.GtidSet;
import io.millrace.snapshot.mysql.TsvEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What is done for each row of a snapshot, and with GTID sets. */
@State(Scope.Thread)
public class ValueLoops {
    private static final int SERVERS = 5;
    private static final int INTERVALS = 100;

    private final TsvEncoder encoder = new TsvEncoder();
    private final ByteBuffer row = row("123456", "654321", "c".repeat(119), "p".repeat(59));
    private final ByteBuffer special = row("123456", "654321", "c\tc\n".repeat(30), "\\p".repeat(30));
    private final GtidSet executed = set(0);
    private final GtidSet received = set(5);

    private static ByteBuffer row(String... columns) {
        ByteBuffer row = ByteBuffer.allocate(1024);
        List.of(columns).forEach(column -> row.put((byte) column.length()).put(column.getBytes(StandardCharsets.US_ASCII)));
        return row.flip();
    }

    /** Each server's GTIDs with holes. */
    private static GtidSet set(int shift) {
        return GtidSet.parse(IntStream.range(0, SERVERS).mapToObj(server -> new UUID(server, server) + IntStream.range(0, INTERVALS)
                .mapToObj(i -> ":" + (1 + shift + i * 20) + "-" + (10 + shift + i * 20)).collect(Collectors.joining()))
                .collect(Collectors.joining(",")));
    }

    /** A row of 190 bytes without anything to escape. */
    @Benchmark
    public ByteBuffer tsvEncodePlain() {
        return encoder.encode(row.rewind(), 4);
    }

    /** A row of 190 bytes with 120 to escape. */
    @Benchmark
    public ByteBuffer tsvEncodeEscaped() {
        return encoder.encode(special.rewind(), 4);
    }

    /** Two sets of five servers with a hundred intervals each. */
    @Benchmark
    public GtidSet gtidSetUnion() {
        return executed.union(received);
    }

    /** The same two. */
    @Benchmark
    public GtidSet gtidSetMinus() {
        return executed.minus(received);
    }

    /** The same two. */
    @Benchmark
    public boolean gtidSetContains() {
        return executed.containsAll(received);
    }
}
