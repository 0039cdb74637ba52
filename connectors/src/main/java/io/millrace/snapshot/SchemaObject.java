package io.millrace.snapshot;

import org.jspecify.annotations.Nullable;

/**
 * Something besides a table that a schema holds, and how to make it again.
 *
 * @param createStatement in UTF-8
 * @param sqlMode that was in force when it was made; empty where it does not matter
 * @param timeZone in which an event's times are meant; null for everything else
 * @param collation of its literals and of what it converts (collation_connection when it was made); null where it has none
 */
public record SchemaObject(Kind kind, TableName name, String createStatement, String sqlMode, @Nullable String timeZone,
        @Nullable String collation) {
    /** In the order in which they are made on a follower. */
    public enum Kind {
        SCHEMA, FUNCTION, PROCEDURE, PACKAGE, PACKAGE_BODY, VIEW, TRIGGER, EVENT, USER, GRANT;

        /** As a statement calls it. */
        public String words() {
            return name().replace('_', ' ');
        }
    }

    /** Something that holds no statements. */
    public SchemaObject(Kind kind, TableName name, String createStatement, String sqlMode) {
        this(kind, name, createStatement, sqlMode, null, null);
    }
}
