package io.millrace.replication;

import io.millrace.leader.LeaderProfile;
import java.util.Map;

/**
 * What those who are served may know of the leader.
 *
 * @param identity the server's UUID; MariaDB, which has none, gets one made of its server id
 * @param version as the server names itself
 * @param gtids whether every transaction has a GTID of MySQL's kind
 * @param variables its global variables when it was last asked, by name in lower case
 */
public record LeaderFacts(String identity, String version, boolean mariaDb, boolean gtids, Map<String, String> variables) {
    public LeaderFacts {
        variables = Map.copyOf(variables);
    }

    static LeaderFacts of(LeaderProfile profile) {
        return new LeaderFacts(profile.identity(), profile.version(), profile.mariaDb(), profile.gtids(), profile.variables());
    }
}
