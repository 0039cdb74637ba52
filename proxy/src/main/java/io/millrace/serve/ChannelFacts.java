package io.millrace.serve;

import io.millrace.replication.pull.MariaDbGtids;
import java.util.Set;
import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.replication.servers.LeaderFacts;
import io.millrace.replication.ReceiverProgress;
import io.millrace.serve.sql.Facts;
import io.millrace.snapshot.SnapshotException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Answers of a channel to statements. Any thread. */
final class ChannelFacts implements Facts {
    private final ServedChannel channel;
    private final Clients clients;
    private final LongSupplier failedLogins;
    private final boolean semiSync;
    private final Instant started = Instant.now();

    ChannelFacts(ServedChannel channel, Clients clients, LongSupplier failedLogins, boolean semiSync) {
        this.semiSync = semiSync;
        this.channel = channel;
        this.clients = clients;
        this.failedLogins = failedLogins;
    }

    @Override
    public Map<String, String> variables() {
        LeaderFacts leader = channel.leader();
        Map<String, String> variables = new HashMap<>(leader.variables());
        variables.put("version_comment", "Millrace: the binlog of " + (leader.mariaDb() ? "MariaDB " : "MySQL ") + leader.version());
        variables.put("read_only", "ON");
        variables.put("log_bin", "ON");
        variables.put("pid_file", "");
        variables.put("datadir", "");
        variables.put("socket", "");
        // A replica that finds these expects every packet to say whether it is to be acknowledged.
        variables.keySet().removeIf(name -> name.startsWith("rpl_semi_sync_"));
        if (semiSync) {
            variables.put("rpl_semi_sync_master_enabled", "ON");
            variables.put("rpl_semi_sync_source_enabled", "ON");
        }
        if (!leader.mariaDb()) {
            variables.put("super_read_only", "ON");
            variables.put("gtid_executed", executed().toString());
            variables.put("gtid_purged", purged().toString());
            variables.put("gtid_owned", "");
        } else {
            // What the leader said of itself when it was asked; the log is further.
            variables.keySet().removeAll(Set.of("gtid_binlog_pos", "gtid_binlog_state", "gtid_current_pos"));
            String gtids = mariaDbGtids();
            variables.put("gtid_binlog_pos", gtids);
            variables.put("gtid_current_pos", gtids);
        }
        return variables;
    }

    private String mariaDbGtids() {
        try {
            return channel.log().orElseThrow().mariaDbGtids();
        } catch (RelayLogException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private GtidSet purged() {
        try {
            return channel.log().orElseThrow().purged();
        } catch (RelayLogException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public Map<String, String> status() {
        long replicas = clients.all().stream().filter(ClientSession::isDumping).count();
        return Map.of("Uptime", Long.toString(Duration.between(started, Instant.now()).toSeconds()), "Threads_connected",
                Integer.toString(clients.count()), "Connection_errors_accept", "0", "Aborted_connects", Long.toString(failedLogins.getAsLong()),
                "Slave_running", channel.channel().receiver().isConnected() ? "ON" : "OFF", "Millrace_replicas", Long.toString(replicas));
    }

    @Override
    public boolean mariaDb() {
        return channel.leader().mariaDb();
    }

    @Override
    public String version() {
        return channel.leader().version();
    }

    @Override
    public RelayLog log() {
        return channel.log().orElseThrow().log();
    }

    @Override
    public BinlogCoordinates end() {
        return channel.end();
    }

    @Override
    public GtidSet executed() {
        return channel.executed();
    }

    @Override
    public Optional<String> gtidsBefore(String file, String position) {
        RelayLog log = log();
        if (!mariaDb() || !log.fileNames().contains(file) || !position.matches("[0-9]{1,18}")) {
            return Optional.empty();
        }
        try {
            BinlogCoordinates at = new BinlogCoordinates(file, Long.parseLong(position));
            return log.hasEventAt(at) ? Optional.of(new MariaDbGtids(log).before(at)) : Optional.empty();
        } catch (RelayLogException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public List<Replica> replicas() {
        return clients.all().stream().map(ClientSession::replica).flatMap(Optional::stream).toList();
    }

    @Override
    public List<Connection> connections() {
        return clients.all().stream().map(ClientSession::describe).toList();
    }

    @Override
    public Map<String, @Nullable String> receiver() {
        ReceiverProgress receiver = channel.channel().receiver();
        LeaderFacts leader = channel.leader();
        BinlogCoordinates end = end();
        boolean stopped = !channel.channel().stoppedBecause().isEmpty();
        Map<String, @Nullable String> row = new HashMap<>();
        row.put("Replica_IO_State", receiver.isConnected() ? "Waiting for source to send event" : "Reconnecting after a failed source event read");
        row.put("Source_Host", leader.variables().getOrDefault("hostname", ""));
        row.put("Source_Port", leader.variables().getOrDefault("port", "0"));
        row.put("Source_Log_File", end.file());
        row.put("Read_Source_Log_Pos", Long.toString(end.position()));
        row.put("Relay_Log_File", end.file());
        row.put("Relay_Log_Pos", Long.toString(end.position()));
        row.put("Relay_Source_Log_File", end.file());
        row.put("Exec_Source_Log_Pos", Long.toString(end.position()));
        row.put("Relay_Log_Space", Long.toString(log().fileNames().stream().mapToLong(name -> log().path(name).toFile().length()).sum()));
        row.put("Replica_IO_Running", stopped ? "No" : receiver.isConnected() ? "Yes" : "Connecting");
        row.put("Replica_SQL_Running", "Yes");
        row.put("Last_Errno", "0");
        row.put("Last_IO_Errno", receiver.isConnected() ? "0" : "2003");
        row.put("Last_IO_Error", receiver.cause());
        row.put("Last_SQL_Errno", "0");
        OptionalLong behind = receiver.secondsBehind();
        row.put("Seconds_Behind_Source", behind.isPresent() ? Long.toString(behind.getAsLong()) : null); // Nobody knows what a leader has done that cannot be reached.
        row.put("Until_Condition", "None");
        row.put("Source_Server_Id", leader.variables().getOrDefault("server_id", "0"));
        row.put("Source_UUID", leader.identity());
        if (!leader.mariaDb()) {
            row.put("Retrieved_Gtid_Set", executed().toString());
            row.put("Executed_Gtid_Set", executed().toString());
        }
        row.put("Using_Gtid", "No");
        row.put("Auto_Position", "0");
        return row;
    }

    @Override
    public boolean kill(long connectionId, boolean query) {
        Optional<ClientSession> client = clients.find(connectionId);
        client.ifPresent(query ? ClientSession::endQuery : ClientSession::end);
        return client.isPresent();
    }

    @Override
    public void receive(boolean on) {
        if (on) {
            channel.channel().startReceiver();
        } else {
            channel.channel().stopReceiver();
        }
    }

    @Override
    public Optional<String> purgeBefore(String file) {
        try {
            return channel.channel().purgeTo(file)
                    .map(kept -> "The relay log file " + kept
                            + " is still needed by a follower, a snapshot or a replica; it and those after it stay");
        } catch (RelayLogException | SnapshotException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
