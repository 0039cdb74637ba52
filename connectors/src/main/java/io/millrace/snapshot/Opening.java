package io.millrace.snapshot;

/** What is done on the leader around the moment in which views are opened: the rungs of the ladder, mildest first. */
public enum Opening {
    /** Nothing is locked. */
    PLAIN,
    /** The tables without a primary key are locked for milliseconds. */
    KEYLESS_TABLES_LOCKED,
    /** The leader's binlog is rotated just before, which makes the views fall on one transaction. */
    BINLOG_FLUSHED,
    /** The whole server is locked against writes for milliseconds. */
    GLOBAL_LOCK
}
