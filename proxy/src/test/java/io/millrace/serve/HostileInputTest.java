package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a client sends is answered or refused: nothing else is thrown, and no more memory is taken than was sent. */
class HostileInputTest {
    private static final int SECONDS = Integer.getInteger("millrace.fuzzSeconds", 8);
    private static final int RUNS = 300_000;
    private static final List<String> STATEMENTS = List.of("SELECT @@GLOBAL.server_id, 'a''b' AS `x y`, GTID_SUBSET(@a, \"b\") LIMIT 1",
            "SET @master_binlog_checksum= @@global.binlog_checksum, @x := (-1), NAMES utf8",
            "SHOW VARIABLES WHERE Variable_name IN ('a', 'b') OR variable_name LIKE '%x\\_y'",
            "/*!40101 SHOW BINLOG EVENTS IN 'binlog.000001' FROM 4 LIMIT 1, 2 */ -- end\n; KILL 7",
            "PURGE BINARY LOGS TO 'x'; # why\nSHOW SLAVE STATUS");
    /** By who reads them. */
    private static final Map<Integer, String> PACKETS = Map.of(
            HostileBytes.DUMP_GTID,
            "1e0200e6250000000000000400000000000000300000000100000000000000c0896463e74411f1b89702fc00000001010000000000000001000000000000000a00000000000000",
            HostileBytes.ACKNOWLEDGEMENT, "ef0400000000000000785c2e303030303031", HostileBytes.DUMP, "1204000000020025260000626e6c6f672e303030303031",
            HostileBytes.REGISTER, "1525260000046c6f6361047265706c03707764ea0c0000000000000000",
            HostileBytes.HANDSHAKE,
            "05a6ff01000000012d00000000000000000000000000000000000000000000007265706c0014aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa6d7973716c5f6e61746976655f70617373776f7264000c03666f6f0362617201780179");

    @TempDir
    Path folder;

    /** The fuzzer begins with what clients really send; memory is little, so that a length that is believed is noticed. */
    @Test
    void nothingIsThrownThatIsNoRefusal() throws Exception {
        List<byte[]> seeds = seeds();
        for (int i = 0; i < seeds.size(); i++) {
            HostileBytes.fuzzerTestOneInput(seeds.get(i));
            Files.write(Files.createDirectories(folder.resolve("seeds")).resolve("seed-" + i), seeds.get(i));
        }
        Process fuzzer = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx300m",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + HostileBytes.class.getName(), "--instrumentation_includes=io.millrace.**",
                "--reproducer_path=" + folder, "-artifact_prefix=" + folder + "/", "-max_len=2000", "-max_total_time=" + SECONDS, "-runs=" + RUNS,
                folder.resolve("seeds").toString()).redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile()).start();
        try {
            assertThat(fuzzer.waitFor(SECONDS * 10L, TimeUnit.SECONDS)).as("it ends by itself").isTrue();
        } finally {
            fuzzer.destroyForcibly();
        }
        assertThat(fuzzer.exitValue()).as(() -> read(folder.resolve("log"))).isZero();
        assertThat(read(folder.resolve("log"))).contains("Done ");
    }

    private static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        STATEMENTS.forEach(sql -> seeds.add(with(HostileBytes.STATEMENTS, sql.getBytes(StandardCharsets.UTF_8))));
        PACKETS.forEach((reader, packet) -> seeds.add(with(reader, HexFormat.of().parseHex(packet))));
        byte[] response = HexFormat.of().parseHex(PACKETS.get(HostileBytes.HANDSHAKE));
        byte[] framed = new byte[response.length + 4];
        framed[0] = (byte) response.length;
        framed[3] = 1;
        System.arraycopy(response, 0, framed, 4, response.length);
        seeds.add(with(HostileBytes.LOGIN, framed));
        seeds.add(with(HostileBytes.FRAMES, framed));
        return seeds;
    }

    private static byte[] with(int reader, byte[] sent) {
        byte[] data = Arrays.copyOf(new byte[]{(byte) reader}, sent.length + 1);
        System.arraycopy(sent, 0, data, 1, sent.length);
        return data;
    }

    private static String read(Path log) {
        try {
            String text = Files.readString(log);
            return text.substring(Math.max(0, text.length() - 6000));
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }
}
