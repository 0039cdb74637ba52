package io.millrace.follower.jdbc.statements;

import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which schemas' changes a follower gets. Immutable.
 *
 * @param only these; empty for all but those that belong to one server
 */
public record AppliedSchemas(Set<String> only) {
    /** Our own, and the server's accounts, statistics and replication state. */
    private static final Set<String> OF_ONE_SERVER = Set.of("millrace", "mysql");
    private static final AppliedSchemas ALL = new AppliedSchemas(Set.of());

    /** Names are compared whatever their case: whether that matters differs between servers, and what is too much fails loudly. */
    public AppliedSchemas {
        only = only.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
    }

    /** All that servers can share. */
    public static AppliedSchemas all() {
        return ALL;
    }

    /** Whether rows of its tables are applied. */
    public boolean contains(String schema) {
        return !OF_ONE_SERVER.contains(schema) && (only.isEmpty() || only.contains(schema.toLowerCase(Locale.ROOT)));
    }

    /**
     * Whether statements are applied that define or change something in it.
     *
     * @param schema empty for what belongs to none, which is applied
     */
    public boolean takesStatements(String schema) {
        return schema.isEmpty()
                || !schema.equals("millrace") && (only.isEmpty() || only.contains(schema.toLowerCase(Locale.ROOT)) || schema.equals("mysql"));
    }

    /** Whether there is nothing to be told of a statement that does not name our schema. */
    public boolean areAll() {
        return only.isEmpty();
    }
}
