package io.millrace.follower.jdbc;

import io.millrace.binlog.Gtid;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.follower.FollowerException;
import io.millrace.follower.jdbc.rows.RowFeed;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** Sends what a {@link RowFeed} makes of rows, and begins the transaction with the first of it. One thread. */
final class RowSender {
    /** In characters. */
    private static final int LARGE = 4 << 20;

    private final String follower;
    private final Statement statement;
    private final RowFeed feed;
    private final boolean setsGtids;
    private String opening = "";

    RowSender(String follower, Statement statement, RowFeed feed, boolean setsGtids) {
        this.follower = follower;
        this.statement = statement;
        this.feed = feed;
        this.setsGtids = setsGtids;
    }

    RowFeed feed() {
        return feed;
    }

    /** Takes the format of the events that follow. The session does not know then what GTID comes next, so it is told. */
    void format(BinlogEvent formatDescription) throws SQLException {
        for (RowFeed.Packet packet : feed.format(formatDescription)) {
            statement.execute(packet.sql());
        }
        if (setsGtids) {
            statement.execute(gtidNext(Optional.empty()));
        }
    }

    /** The statement that tells which GTID comes next; empty for one that the follower chooses. */
    static String gtidNext(Optional<Gtid> next) {
        return "SET SESSION gtid_next = '" + next.map(Gtid::toString).orElse("AUTOMATIC") + "'";
    }

    /** @param sql what begins the transaction, sent with its first rows */
    void begin(String sql) {
        opening = sql;
    }

    void add(BinlogEvent event) throws SQLException, FollowerException {
        give(feed.add(event));
    }

    /** Sends everything taken, and begins the transaction if nothing has yet. */
    void flush() throws SQLException, FollowerException {
        give(feed.drain());
        openNow();
    }

    /** Forgets everything taken and not sent. */
    void clear() {
        opening = "";
        feed.clear();
    }

    /** BINLOG is the last statement of its packet: the results of any after it would be lost. */
    private void give(Iterable<RowFeed.Packet> packets) throws SQLException, FollowerException {
        for (RowFeed.Packet packet : packets) {
            if (!packet.counts().isEmpty()) {
                openNow();
                runCounted(packet);
            } else {
                if (packet.sql().length() > LARGE) {
                    openNow(); // Joined, the text would stand in memory twice.
                    runLarge(packet.sql());
                    continue;
                }
                statement.execute(opening.isEmpty() ? packet.sql() : opening + "; " + packet.sql());
                opening = "";
            }
        }
    }

    /** For a plain statement the driver takes four bytes a character; for a prepared one as many as there are. */
    private void runLarge(String sql) throws SQLException {
        try (PreparedStatement large = statement.getConnection().prepareStatement(sql)) {
            large.execute();
        }
    }

    private void runCounted(RowFeed.Packet packet) throws SQLException, FollowerException {
        statement.execute(packet.sql());
        for (int i = 0; i < packet.counts().size(); i++) {
            int expected = packet.counts().get(i);
            if (i > 0) {
                statement.getMoreResults();
            }
            int counted = statement.getUpdateCount();
            if (expected != RowFeed.Packet.ANY_COUNT && counted != expected) {
                throw new FollowerException.Rejected("The follower " + follower + " does not hold the rows that the leader changed (statement "
                        + (i + 1) + " of " + packet.counts().size() + " counted " + counted + " where " + expected
                        + " were expected): its data differs; seed it again", null);
            }
        }
        if (statement.getMoreResults() || statement.getUpdateCount() >= 0) {
            throw new SQLException("more results than statements came back", "HY000", 1105);
        }
    }

    private void openNow() throws SQLException {
        if (!opening.isEmpty()) {
            statement.execute(opening);
            opening = "";
        }
    }
}
