package io.millrace.follower.jdbc.rows;

import java.util.Set;

/**
 * Which schemas' changes a follower gets. Immutable.
 *
 * @param only these; empty for all but those that belong to one server
 */
public record AppliedSchemas(Set<String> only) {
    /** Our own, and the server's accounts, statistics and replication state. */
    private static final Set<String> OF_ONE_SERVER = Set.of("millrace", "mysql");
    private static final AppliedSchemas ALL = new AppliedSchemas(Set.of());

    public AppliedSchemas {
        only = Set.copyOf(only);
    }

    /** All that servers can share. */
    public static AppliedSchemas all() {
        return ALL;
    }

    /** Whether rows of its tables are applied. */
    public boolean contains(String schema) {
        return !OF_ONE_SERVER.contains(schema) && (only.isEmpty() || only.contains(schema));
    }

    /**
     * Whether statements are applied that define or change something in it.
     *
     * @param schema empty for what belongs to none, which is applied
     */
    public boolean takesStatements(String schema) {
        return schema.isEmpty() || !schema.equals("millrace") && (only.isEmpty() || only.contains(schema) || schema.equals("mysql"));
    }
}
