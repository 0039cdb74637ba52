package io.millrace.leader.mysql;

import io.millrace.connection.QueryResult;

/**
 * Whether a leader replicates semi-synchronously.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-semisync.html">Semisynchronous Replication</a>
 */
final class SemiSync {
    /** Gives no row where the plugin is not there. */
    static final String ENABLED = "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('rpl_semi_sync_master_enabled', 'rpl_semi_sync_source_enabled')";

    private SemiSync() {
    }

    /** @param enabled what {@link #ENABLED} gave */
    static boolean isOn(QueryResult enabled) {
        return !enabled.isEmpty() && enabled.text(0, 1).equalsIgnoreCase("ON");
    }
}
