package io.millrace.leader;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import java.util.Map;
import java.util.Set;

/**
 * Who the leader is.
 *
 * @param identity the server's UUID; MariaDB, which has none, gets one made of its server id
 * @param version as the server names itself
 * @param mariaDb whether it is MariaDB
 * @param gtids whether every transaction has a GTID of MySQL's kind
 * @param end where the binlog ended when asked: everything flushed, not all of it committed
 * @param executed every GTID of MySQL's kind that it has executed; empty where it has none
 * @param received every GTID that it has received as a replica and may not have executed yet; empty where it is none
 * @param sources the servers that it replicates from now: their UUIDs, or MariaDB's server ids; and the identities of those that Millrace
 *        feeds it from now
 * @param variables its global variables, by name in lower case
 */
public record LeaderProfile(String identity, String version, boolean mariaDb, boolean gtids, BinlogCoordinates end, GtidSet executed,
        GtidSet received, Set<String> sources, Map<String, String> variables) {
    public LeaderProfile {
        sources = Set.copyOf(sources);
        variables = Map.copyOf(variables);
    }
}
