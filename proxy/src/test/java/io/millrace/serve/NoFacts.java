package io.millrace.serve;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.serve.sql.Facts;
import io.millrace.serve.sql.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A channel about which nothing is known. */
final class NoFacts implements Facts {
    private static final RelayLog EMPTY = empty();

    private static RelayLog empty() {
        try {
            Path folder = Files.createTempDirectory("millrace-test-");
            folder.toFile().deleteOnExit();
            return RelayLog.open(folder);
        } catch (IOException | RelayLogException e) {
            throw new IllegalStateException(e);
        }
    }

    static SessionState session() {
        return new SessionState("repl", "127.0.0.1", 7, true);
    }

    @Override
    public Map<String, String> variables() {
        return Map.of("server_id", "1");
    }

    @Override
    public Map<String, String> status() {
        return Map.of();
    }

    @Override
    public boolean mariaDb() {
        return false;
    }

    @Override
    public String version() {
        return "8.0.15";
    }

    @Override
    public RelayLog log() {
        return EMPTY;
    }

    @Override
    public BinlogCoordinates end() {
        return BinlogCoordinates.headOf("binlog.000001");
    }

    @Override
    public Optional<String> gtidsBefore(String file, String position) {
        return Optional.empty();
    }

    @Override
    public GtidSet executed() {
        return GtidSet.empty();
    }

    @Override
    public List<Replica> replicas() {
        return List.of();
    }

    @Override
    public List<Connection> connections() {
        return List.of();
    }

    @Override
    public Map<String, String> receiver() {
        return Map.of();
    }

    @Override
    public boolean kill(long connectionId, boolean query) {
        return false;
    }

    @Override
    public void receive(boolean on) {
        // There is nothing to receive.
    }

    @Override
    public Optional<String> purgeBefore(String file) {
        return Optional.empty();
    }
}
