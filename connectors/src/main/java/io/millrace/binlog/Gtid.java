package io.millrace.binlog;

/**
 * A global transaction identifier.
 *
 * @param number from 1
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-gtids-concepts.html">GTID Format and Storage</a>
 */
public record Gtid(GtidSource source, long number) {
    @Override
    public String toString() {
        return source + ":" + number;
    }
}
