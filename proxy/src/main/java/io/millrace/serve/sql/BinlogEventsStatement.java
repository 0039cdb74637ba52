package io.millrace.serve.sql;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.binlog.event.PreviousGtidsReader;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.event.RotateEvent;
import io.millrace.protocol.TextResult;
import io.millrace.protocol.TextResult.Column;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The events of a file, a row each.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/show-binlog-events.html">SHOW BINLOG EVENTS</a>
 */
final class BinlogEventsStatement {
    /** A result is made in memory. */
    private static final int MOST_ROWS = 100_000;
    /** What a row takes beside its text. */
    private static final int ROW_CHARACTERS = 40;
    private static final int MOST_CHARACTERS = 8 << 20;

    private BinlogEventsStatement() {
    }

    /** The words SHOW BINLOG EVENTS were taken already. */
    static TextResult run(RelayLog log, Tokens tokens) throws StatementException {
        List<String> names = log.fileNames();
        String file = tokens.accept("in") ? tokens.expect(Token.Kind.STRING).text() : names.isEmpty() ? "" : names.getFirst();
        long from = tokens.accept("from") ? Math.max(BinlogCoordinates.HEAD, tokens.number()) : BinlogCoordinates.HEAD;
        long skip = 0;
        long count = MOST_ROWS;
        if (tokens.accept("limit")) {
            count = tokens.number();
            if (tokens.acceptSymbol(",")) {
                skip = count;
                count = tokens.number();
            }
        }
        tokens.expectEnd();
        if (!names.contains(file)) {
            throw failed("Could not find target log");
        }
        try {
            return rows(log, new BinlogCoordinates(file, from), skip, Math.min(count, MOST_ROWS));
        } catch (RelayLogException e) {
            throw failed(String.valueOf(e.getMessage()));
        }
    }

    private static StatementException failed(String why) {
        return new StatementException(1220, "HY000", "Error when executing command SHOW BINLOG EVENTS: " + why);
    }

    private static TextResult rows(RelayLog log, BinlogCoordinates from, long skip, long count) throws RelayLogException, StatementException {
        if (!log.hasEventAt(from)) {
            throw failed("Wrong offset or I/O error");
        }
        List<List<@Nullable String>> rows = new ArrayList<>();
        try (RelayLogReader reader = log.read(from)) {
            long left = skip;
            long characters = 0;
            BinlogCoordinates at = from;
            Optional<BinlogEvent> event = reader.poll();
            while (event.isPresent() && reader.position().file().equals(from.file()) && rows.size() < count) {
                if (left-- <= 0) {
                    String info = info(event.get());
                    characters += ROW_CHARACTERS + info.length();
                    if (characters > MOST_CHARACTERS && !rows.isEmpty()) {
                        throw failed(
                                "the result is larger than " + (MOST_CHARACTERS >> 20) + " MiB: ask for less of the file with FROM and LIMIT, or read"
                                        + " it with mysqlbinlog");
                    }
                    rows.add(List.of(from.file(), Long.toString(at.position()), typeName(event.get().type()),
                            Long.toString(event.get().header().serverId()), Long.toString(reader.position().position()), info));
                }
                at = reader.position();
                event = reader.poll();
            }
        }
        return new TextResult(List.of(Column.text("Log_name"), Column.number("Pos"), Column.text("Event_type"), Column.number("Server_id"),
                Column.number("End_log_pos"), Column.text("Info")), rows);
    }

    private static String typeName(int type) {
        return switch (type) {
            case EventType.FORMAT_DESCRIPTION -> "Format_desc";
            case EventType.PREVIOUS_GTIDS -> "Previous_gtids";
            case EventType.QUERY -> "Query";
            case EventType.GTID, EventType.MARIADB_GTID -> "Gtid";
            case EventType.GTID_TAGGED -> "Gtid_tagged_log_event";
            case EventType.ANONYMOUS_GTID -> "Anonymous_Gtid";
            case EventType.TABLE_MAP -> "Table_map";
            case EventType.WRITE_ROWS -> "Write_rows";
            case EventType.UPDATE_ROWS -> "Update_rows";
            case EventType.DELETE_ROWS -> "Delete_rows";
            case EventType.PARTIAL_UPDATE_ROWS -> "Update_rows_partial";
            case EventType.TRANSACTION_PAYLOAD -> "Transaction_payload";
            case EventType.XA_PREPARE -> "XA_prepare";
            case EventType.XID -> "Xid";
            case EventType.ROTATE -> "Rotate";
            case EventType.STOP -> "Stop";
            case EventType.ROWS_QUERY -> "Rows_query";
            case EventType.INTVAR -> "Intvar";
            case EventType.MARIADB_GTID_LIST -> "Gtid_list";
            case EventType.MARIADB_BINLOG_CHECKPOINT -> "Binlog_checkpoint";
            case EventType.MARIADB_ANNOTATE_ROWS -> "Annotate_rows";
            default -> EventType.name(type);
        };
    }

    private static String info(BinlogEvent event) {
        return switch (event.type()) {
            case EventType.FORMAT_DESCRIPTION -> "Server ver: " + FormatDescription.read(event.bytes()).serverVersion() + ", Binlog ver: 4";
            case EventType.PREVIOUS_GTIDS -> PreviousGtidsReader.read(event.body()).toString();
            case EventType.MARIADB_GTID_LIST -> "[" + PreviousGtidsReader.readMariaDb(event.body()) + "]";
            case EventType.MARIADB_GTID -> "GTID " + GtidEventReader.readMariaDb(event);
            case EventType.GTID, EventType.GTID_TAGGED ->
                "SET @@SESSION.GTID_NEXT= '" + GtidEventReader.read(event).map(Gtid::toString).orElse("") + "'";
            case EventType.ANONYMOUS_GTID -> "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'";
            case EventType.ROTATE -> {
                BinlogCoordinates next = RotateEvent.read(event.body()).next();
                yield next.file() + ";pos=" + next.position();
            }
            case EventType.XID -> "COMMIT /* xid=" + event.body().getLong(0) + " */";
            case EventType.QUERY -> query(event);
            default -> "";
        };
    }

    private static String query(BinlogEvent event) {
        QueryEvent query = QueryEvent.read(event.body());
        String text = StandardCharsets.UTF_8.decode(query.statement().duplicate()).toString();
        return query.schema().isEmpty() || text.equals("BEGIN") ? text : "use `" + query.schema() + "`; " + text;
    }
}
