package io.millrace.follower;

import java.util.Map;
import java.util.Set;

/**
 * Who a follower is.
 *
 * @param version as the server names itself
 * @param mariaDb whether it is MariaDB
 * @param sources the servers that it is set up to replicate from by itself, be it running or not: their UUIDs, or MariaDB's server ids; as
 *            far as the account may see them
 * @param variables its global variables, by name in lower case
 */
public record FollowerProfile(String version, boolean mariaDb, Set<String> sources, Map<String, String> variables) {
    public FollowerProfile {
        sources = Set.copyOf(sources);
        variables = Map.copyOf(variables);
    }
}
