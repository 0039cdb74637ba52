package io.millrace.binlog.xa;

import java.util.Locale;
import java.util.Optional;

/**
 * The second phase of an XA transaction, as the statement in its query event tells it.
 *
 * @param xid as {@link XaPrepareEvent#xid} names it
 * @param commit or else rollback
 */
public record XaEnd(String xid, boolean commit) {
    private static final String COMMIT = "XA COMMIT";
    private static final String ROLLBACK = "XA ROLLBACK";

    /** Reads the statement of a query event; empty if it is another one. */
    public static Optional<XaEnd> read(String statement) {
        String head = statement.substring(0, Math.min(statement.length(), ROLLBACK.length())).toUpperCase(Locale.ROOT);
        if (head.startsWith(COMMIT)) {
            return Optional.of(new XaEnd(statement.substring(COMMIT.length()).replace(" ONE PHASE", "").strip(), true));
        }
        return head.startsWith(ROLLBACK) ? Optional.of(new XaEnd(statement.substring(ROLLBACK.length()).strip(), false)) : Optional.empty();
    }
}
