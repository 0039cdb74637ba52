package io.millrace.follower.jdbc;

import io.millrace.config.FollowerConfig;
import io.millrace.follower.FollowerException;
import io.millrace.follower.jdbc.statements.AppliedSchemas;
import io.millrace.follower.jdbc.rows.KeyCatalog;
import io.millrace.follower.jdbc.rows.KnownTables;
import io.millrace.follower.jdbc.rows.ReplayFeed;
import io.millrace.follower.jdbc.rows.RowFeed;
import io.millrace.follower.jdbc.rows.SqlFeed;
import io.millrace.follower.jdbc.rows.TableShapes;
import io.millrace.follower.jdbc.statements.StatementContext;
import io.millrace.connection.ServerVersion;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/** A connection with the settings of an applier thread, on which changes can be applied. */
record SessionSetup(FollowerServer server, AppliedSchemas schemas, Connection connection, Statement statement, StatementContext context,
        KeyCatalog keys) {
    /** How long a statement may be that the follower writes into its binlog again for each change in it. */
    private static final int ANNOTATED_BYTES = 4 * 1024;

    /** The events of one statement stand in memory several times, as bytes, as text and in the driver: the heap must bear it. */
    private static final int MOST_BYTES = 16 << 20;

    /** @param known what other sessions of the follower have asked of its tables */
    static SessionSetup of(FollowerConfig config, AppliedSchemas schemas, Connection connection, KnownTables known) throws SQLException {
        Statement statement = connection.createStatement();
        statement.setEscapeProcessing(false);
        if (config.binlog() == FollowerConfig.Binlog.SKIP) {
            statement.execute("SET SESSION sql_log_bin = 0");
        }
        FollowerServer server = FollowerServer.inspect(connection);
        Set<String> names = new HashSet<>(server.names());
        if (server.version().mariaDb() && !server.version().atLeast(10, 10, 0)) {
            names.remove("explicit_defaults_for_timestamp"); // It is the server's there, and no session's.
        }
        StatementContext context = new StatementContext(server.version().mariaDb(), server.version().atLeast(8, 0, 0), names);
        statement.execute(context.baseline());
        statement.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        if (server.version().showsGeneratedKeys()) {
            statement.execute(ServerVersion.SHOW_GENERATED_KEYS);
        }
        return new SessionSetup(server, schemas, connection, statement, context,
                new KeyCatalog(schemas, connection, server.version().mariaDb(), known));
    }

    /**
     * Whether nobody looks at more of what a row was than its key. MariaDB has tables with a period, system versions and triggers that run for
     * rows; and what a follower writes into its own binlog of a row is what it was sent.
     */
    private boolean needsKeysAlone(FollowerConfig config) {
        boolean logs = server.variables().getOrDefault("log_bin", "ON").equalsIgnoreCase("ON") && config.binlog() != FollowerConfig.Binlog.SKIP;
        return !server.version().mariaDb() && (!logs || !server.variables().getOrDefault("binlog_row_image", "FULL").equalsIgnoreCase("FULL"));
    }

    /** Whether rows are applied as the leader's own events. */
    boolean replays(FollowerConfig config) {
        return config.apply() == FollowerConfig.Apply.REPLAY || config.apply() == FollowerConfig.Apply.AUTO && server.replays();
    }

    /** What sends rows in the way that the configuration asks for and the follower grants. */
    RowSender rows(FollowerConfig config) throws FollowerException {
        boolean replay = replays(config);
        if (replay && !server.replays()) {
            throw new FollowerException.AccessDenied("The follower " + config.name() + " does not grant BINLOG, which apply: replay needs; GRANT "
                    + FollowerPreflight.replayPrivilege(server.version()) + ", or use apply: auto", null);
        }
        long room = server.maxPacket() / 4 * 3 - 64 * 1024;
        int limit = (int) Math.clamp(room, 64 * 1024, Math.max(config.groupSize().bytes(), 64 * 1024));
        boolean annotates = server.annotates() && config.binlog() != FollowerConfig.Binlog.SKIP;
        ReplayFeed.RowKeys rowKeys = needsKeysAlone(config) ? keys::rowKey : table -> new BitSet();
        RowFeed feed = replay
                ? new ReplayFeed(schemas, rowKeys, annotates ? ANNOTATED_BYTES : limit, Math.clamp(room, 64 * 1024, MOST_BYTES))
                : new SqlFeed(schemas, new TableShapes(connection, keys), limit, server.version().mariaDb());
        return new RowSender(config.name(), statement, feed, server.setsGtids());
    }
}
