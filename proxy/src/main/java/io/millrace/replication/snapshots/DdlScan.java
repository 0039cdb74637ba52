package io.millrace.replication.snapshots;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.compressed.CompressedEvents;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import io.millrace.snapshot.SnapshotException;
import io.millrace.snapshot.SnapshotSource;
import io.millrace.snapshot.Manifest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Looks in the log for DDL that ran between two moments: before the catalog was read, and after the last table was copied. Error 1412
 * does not tell all of it, and what ran before the views were opened it does not tell at all.
 */
final class DdlScan {
    private static final Duration LOG_PATIENCE = Duration.ofSeconds(60);
    private static final int SHOWN = 120;
    private static final List<String> HARMLESS = List.of("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "XA ", "FLUSH", "ANALYZE", "INSERT", "UPDATE",
            "DELETE", "REPLACE");
    /** Of a table that only one session sees; some servers log its end. */
    private static final Pattern TEMPORARY = Pattern.compile("(CREATE|DROP)\\s+(OR\\s+REPLACE\\s+)?(/\\*!\\d+\\s*)?TEMPORARY\\b.*", Pattern.DOTALL);
    private static final Pattern OF_ACCOUNTS = Pattern.compile(
            "((CREATE|ALTER|DROP|RENAME)\\s+(OR\\s+REPLACE\\s+)?(USER|ROLE)|GRANT|REVOKE|SET\\s+(PASSWORD|(DEFAULT\\s+)?ROLE))\\b");

    private final RelayLog log;
    private final SnapshotSource.Moment from;
    private final Manifest.Scope scope;
    private Optional<Gtid> gtid = Optional.empty();

    /**
     * Nothing is read before {@link #requireNoneUntil}.
     *
     * @param from a moment before the catalog was read
     * @param scope what the snapshot has of the leader
     */
    DdlScan(RelayLog log, SnapshotSource.Moment from, Manifest.Scope scope) {
        this.scope = scope;
        this.log = log;
        this.from = from;
    }

    /**
     * Reads the log.
     *
     * @throws SnapshotException.Busy if DDL ran
     */
    void requireNoneUntil(SnapshotSource.Moment to) throws SnapshotException, RelayLogException, InterruptedException {
        if (!log.awaitEnd(to.end(), LOG_PATIENCE)) {
            throw new SnapshotException.Unreachable("The relay log did not reach " + to.end() + " within " + LOG_PATIENCE.toSeconds()
                    + " s, so nobody can tell whether DDL ran during the snapshot", null);
        }
        try (RelayLogReader reader = log.read(start())) {
            while (reader.position().compareTo(to.end()) < 0) {
                Optional<BinlogEvent> event = reader.poll();
                if (event.isEmpty()) {
                    return;
                }
                accept(event.get(), reader.position());
            }
        }
    }

    /**
     * DDL of 8.0 is in the binlog before it is visible, so by its GTID alone can be told which side of the moment it is on: the search
     * begins with a file before which everything was visible. Earlier servers and MariaDB write DDL to the binlog when it is done.
     */
    private BinlogCoordinates start() throws RelayLogException, SnapshotException {
        List<String> names = log.fileNames();
        if (!names.contains(from.end().file())) {
            throw new SnapshotException.Busy("The relay log no longer has " + from.end()
                    + ", where the snapshot began, so nobody can tell whether DDL ran during it", null);
        }
        if (from.executed().isEmpty()) {
            return from.end();
        }
        int at = names.indexOf(from.end().file());
        while (at > 0 && !log.gtidsBefore(names.get(at)).map(from.executed()::containsAll).orElse(false)) {
            at--;
        }
        return BinlogCoordinates.headOf(names.get(at));
    }

    private void accept(BinlogEvent event, BinlogCoordinates end) throws SnapshotException {
        if (EventType.isGtid(event.type())) {
            gtid = GtidEventReader.read(event);
        }
        boolean statement = event.type() == EventType.QUERY || event.type() == EventType.MARIADB_QUERY_COMPRESSED;
        if (statement && !wasVisible(end)) {
            refuseDdl(QueryEvent.read(CompressedEvents.plain(event).body()), end);
        }
    }

    /** A leader whose GTIDs were switched off has a set of old ones, and new transactions without. */
    private boolean wasVisible(BinlogCoordinates end) {
        return gtid.map(from.executed()::contains).orElseGet(() -> end.compareTo(from.end()) <= 0);
    }

    private void refuseDdl(QueryEvent event, BinlogCoordinates end) throws SnapshotException {
        String upper = event.latin1().strip().toUpperCase(Locale.ROOT);
        boolean ddl = HARMLESS.stream().noneMatch(upper::startsWith) && !TEMPORARY.matcher(upper).matches();
        boolean ofAccounts = OF_ACCOUNTS.matcher(upper).lookingAt();
        if (ddl && (ofAccounts ? scope.accounts() : concernsSchemas(event.schema(), upper))) {
            throw new SnapshotException.Busy("DDL ran on the leader during the snapshot (up to " + end + "): "
                    + upper.substring(0, Math.min(upper.length(), SHOWN)) + "; the copy is not used, and another is made. On MySQL 8 BACKUP_ADMIN"
                    + " keeps DDL away; elsewhere let none run meanwhile", null);
        }
    }

    /** Whatever does not so much as name one of our schemas, and was run in another, leaves them alone. */
    private boolean concernsSchemas(String current, String upper) {
        return scope.schemas().isEmpty() || scope.schemas().stream().anyMatch(schema -> schema.equalsIgnoreCase(current)
                || upper.contains(latin1(schema).toUpperCase(Locale.ROOT)));
    }

    /** As statements are: one character a byte. */
    private static String latin1(String name) {
        return new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
