package io.millrace.serve.sql;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.protocol.TextResult;
import io.millrace.protocol.TextResult.Column;
import io.millrace.relay.RelayLogException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * SHOW, as far as it is about the binlog and about Millrace itself; by the old words and the new.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/show.html">SHOW Statements</a>
 */
final class ShowStatement {
    private final Facts facts;
    private final SessionState session;

    ShowStatement(Facts facts, SessionState session) {
        this.facts = facts;
        this.session = session;
    }

    /** The word SHOW was taken already. */
    TextResult run(Tokens tokens) throws StatementException {
        boolean scoped = tokens.accept("global") || tokens.accept("session") || tokens.accept("local");
        if (tokens.accept("variables")) {
            return pairs(facts.variables(), NameFilter.read(tokens));
        }
        if (tokens.accept("status")) {
            return pairs(facts.status(), NameFilter.read(tokens));
        }
        if (scoped) {
            throw tokens.unexpected();
        }
        if (tokens.accept("binlog", "events")) {
            return BinlogEventsStatement.run(facts.log(), tokens);
        }
        boolean allChannels = tokens.accept("all", "slaves", "status") || tokens.accept("all", "replicas", "status");
        if (allChannels || tokens.accept("slave", "status") || tokens.accept("replica", "status")) {
            boolean old = allChannels || !tokens.text(0, tokens.lastEnd()).toLowerCase(Locale.ROOT).contains("replica");
            if (tokens.accept("for", "channel")) {
                tokens.next();
            }
            boolean lockFree = tokens.accept("nonblocking") || tokens.accept("nolock");
            tokens.expectEnd();
            return ReplicaStatus.of(facts, old, allChannels && !lockFree);
        }
        TextResult result = plain(tokens);
        tokens.expectEnd();
        return result;
    }

    private TextResult plain(Tokens tokens) throws StatementException {
        if (tokens.accept("binary", "logs") || tokens.accept("master", "logs")) {
            return binaryLogs();
        }
        if (tokens.accept("binary", "log", "status") || tokens.accept("master", "status") || tokens.accept("binlog", "status")) {
            return binaryLogStatus();
        }
        if (tokens.accept("slave", "hosts")) {
            return replicas("Server_id", "Master_id", "Slave_UUID");
        }
        if (tokens.accept("replicas") || tokens.accept("replica", "hosts")) {
            return replicas("Server_Id", "Source_Id", "Replica_UUID");
        }
        if (tokens.accept("processlist") || tokens.accept("full", "processlist")) {
            return processList();
        }
        if (tokens.accept("warnings") || tokens.accept("errors")) {
            return new TextResult(List.of(Column.text("Level"), Column.number("Code"), Column.text("Message")), List.of());
        }
        if (tokens.accept("grants")) {
            return grants(tokens);
        }
        throw tokens.unexpected();
    }

    private static TextResult pairs(Map<String, String> values, NameFilter filter) {
        List<List<@Nullable String>> rows = new ArrayList<>();
        new TreeMap<>(values).forEach((name, value) -> {
            if (filter.accepts(name)) {
                rows.add(List.of(name, value));
            }
        });
        return new TextResult(List.of(Column.text("Variable_name"), Column.text("Value")), rows);
    }

    private TextResult binaryLogs() throws StatementException {
        boolean encrypted = !facts.mariaDb() && !facts.version().startsWith("5.");
        List<Column> columns = new ArrayList<>(List.of(Column.text("Log_name"), Column.number("File_size")));
        if (encrypted) {
            columns.add(Column.text("Encrypted"));
        }
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (String name : facts.log().fileNames()) {
            List<@Nullable String> row = new ArrayList<>(List.of(name, Long.toString(size(name))));
            if (encrypted) {
                row.add("No");
            }
            rows.add(row);
        }
        return new TextResult(columns, rows);
    }

    private long size(String name) throws StatementException {
        try {
            return facts.log().size(name);
        } catch (RelayLogException e) {
            throw new StatementException(1105, "HY000", String.valueOf(e.getMessage()));
        }
    }

    private TextResult binaryLogStatus() {
        BinlogCoordinates end = facts.end();
        List<Column> columns = new ArrayList<>(
                List.of(Column.text("File"), Column.number("Position"), Column.text("Binlog_Do_DB"), Column.text("Binlog_Ignore_DB")));
        List<@Nullable String> row = new ArrayList<>(List.of(end.file(), Long.toString(end.position()), "", ""));
        if (!facts.mariaDb()) {
            columns.add(Column.text("Executed_Gtid_Set"));
            row.add(facts.executed().toString());
        }
        return new TextResult(columns, List.of(row));
    }

    private TextResult replicas(String serverId, String sourceId, String uuid) {
        boolean hasUuid = !facts.mariaDb();
        List<Column> columns = new ArrayList<>(List.of(Column.number(serverId), Column.text("Host"), Column.number("Port"), Column.number(sourceId)));
        if (hasUuid) {
            columns.add(Column.text(uuid));
        }
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (Facts.Replica replica : facts.replicas()) {
            List<@Nullable String> row = new ArrayList<>(List.of(Long.toString(replica.serverId()), replica.host(), Integer.toString(replica.port()),
                    facts.variables().getOrDefault("server_id", "0")));
            if (hasUuid) {
                row.add(replica.uuid());
            }
            rows.add(row);
        }
        return new TextResult(columns, rows);
    }

    private TextResult processList() {
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (Facts.Connection connection : facts.connections()) {
            List<@Nullable String> row = new ArrayList<>(List.of(Long.toString(connection.id()), connection.user(), connection.peer()));
            row.add(null);
            row.addAll(List.of(connection.command(), Long.toString(connection.seconds()), connection.state()));
            row.add(null);
            rows.add(row);
        }
        return new TextResult(List.of(Column.number("Id"), Column.text("User"), Column.text("Host"), Column.text("db"), Column.text("Command"),
                Column.number("Time"), Column.text("State"), Column.text("Info")), rows);
    }

    private TextResult grants(Tokens tokens) throws StatementException {
        if (tokens.accept("for") && !tokens.accept("current_user")) {
            throw tokens.unexpected();
        }
        if (tokens.acceptSymbol("(")) {
            tokens.expectSymbol(")");
        }
        String user = session.user().replace("@", "`@`");
        List<@Nullable String> row = List.of("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `" + user + "`");
        return new TextResult(List.of(Column.text("Grants for " + session.user())), List.of(row));
    }
}
