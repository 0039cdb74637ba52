package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.config.TlsConfig;
import io.millrace.config.value.Secret;
import io.millrace.connection.Endpoint;
import io.millrace.connection.ServerConnection;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.ServerKind;
import io.millrace.itest.server.TableContents;
import io.millrace.itest.workload.MixedWorkload;
import io.millrace.protocol.compressed.Compression;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections to the leader that are compressed carry the log and the snapshot like others. */
class CompressionIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int LARGE = 20_000_000;

    @ParameterizedTest
    @CsvSource({"MYSQL_97, zstd, preferred", "MYSQL_97, zlib, disabled", "MYSQL_57, zlib, preferred", "MARIADB_1011, zlib, preferred"})
    void carriesTheLogAndSnapshots(ServerKind kind, String compression, String tls) throws Exception {
        Assumptions.assumeTrue(Servers.installed().contains(kind), kind + " is not installed");
        try (DatabaseServer leader = DatabaseServer.start(kind, 1, "--max-allowed-packet=64M");
                DatabaseServer follower = DatabaseServer.start(kind, 2, "--max-allowed-packet=64M");
                MixedWorkload load = new MixedWorkload(leader, new MixedWorkload.Options(4, 5, Set.of(), false)).prepare();
                MillraceNode millrace = new MillraceNode(leader.port(),
                        List.of("leader.compression: " + compression, "leader.tls: {mode: " + tls + "}"),
                        List.of(MillraceNode.FollowerEntry.of("copy", follower)))) {
            leader.execute("CREATE DATABASE large", "CREATE TABLE large.t (id INT PRIMARY KEY, v LONGBLOB)",
                    "INSERT INTO large.t VALUES (1, REPEAT('before ', " + LARGE / 7 + "))");
            millrace.start();
            load.start();
            millrace.await("copy", status -> status.getLong("transactions") > 100, PATIENCE);
            leader.execute("INSERT INTO large.t VALUES (2, REPEAT('after ', " + LARGE / 6 + "))");
            load.stop();
            millrace.awaitCaughtUp("copy", leader, PATIENCE);
            if (!kind.isMariaDb()) {
                assertThat(leader.value("SELECT COUNT(*) FROM performance_schema.status_by_thread WHERE VARIABLE_NAME = 'Compression'"
                        + " AND VARIABLE_VALUE = 'ON'")).isEqualTo("1");
            }
            assertThat(TableContents.differences(leader, follower)).isEmpty();
        }
    }

    @Test
    void namesAServerThatDoesNotOfferIt() throws Exception {
        try (DatabaseServer leader = DatabaseServer.start(ServerKind.MYSQL_80, 1)) { // 8.0.15: zstd came with 8.0.18.
            Endpoint endpoint = new Endpoint("127.0.0.1", leader.port(), DatabaseServer.REPLICATION, new Secret(DatabaseServer.PASSWORD),
                    TlsConfig.preferred(), Duration.ofSeconds(10), Optional.of(Compression.ZSTD));
            assertThatThrownBy(() -> ServerConnection.open(endpoint)).hasMessageContaining("offers no ZSTD (leader.compression)");
        }
    }
}
