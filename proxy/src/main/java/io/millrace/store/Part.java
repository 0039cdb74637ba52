package io.millrace.store;

import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.TableName;

/** What one reader copies at a time. */
public record Part(TableName table, KeyRange range) {}
