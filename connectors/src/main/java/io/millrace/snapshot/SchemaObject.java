package io.millrace.snapshot;

/**
 * Something besides a table that a schema holds, and how to make it again.
 *
 * @param createStatement in UTF-8
 * @param sqlMode that was in force when it was made; empty where it does not matter
 */
public record SchemaObject(Kind kind, TableName name, String createStatement, String sqlMode) {
    /** In the order in which they are made on a follower. */
    public enum Kind {
        SCHEMA, FUNCTION, PROCEDURE, VIEW, TRIGGER, EVENT, USER, GRANT
    }
}
