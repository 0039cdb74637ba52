package io.millrace.snapshot;

/** What one reader copies at a time. */
public record Part(TableName table, KeyRange range) {}
