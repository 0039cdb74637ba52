package io.millrace.replication.servers;

import io.millrace.leader.LeaderProfile;
import java.util.Map;
import java.util.Set;

/**
 * What those who are served may know of the leader.
 *
 * @param identity the server's UUID; MariaDB, which has none, gets one made of its server id
 * @param version as the server names itself
 * @param gtids whether every transaction has a GTID of MySQL's kind
 * @param sources the servers that it replicated from when it was last asked: their UUIDs, or MariaDB's server ids; and the
 *        identities of those that Millrace fed it from; not remembered
 * @param variables its global variables when it was last asked, by name in lower case
 */
public record LeaderFacts(String identity, String version, boolean mariaDb, boolean gtids, Set<String> sources, Map<String, String> variables) {
    public LeaderFacts {
        sources = Set.copyOf(sources);
        variables = Map.copyOf(variables);
    }

    /** Of a leader that was asked just now. */
    public static LeaderFacts of(LeaderProfile profile) {
        return new LeaderFacts(profile.identity(), profile.version(), profile.mariaDb(), profile.gtids(), profile.sources(), profile.variables());
    }
}
