package io.millrace.snapshot;

/**
 * How busy the leader is, by its own account.
 *
 * @param runningThreads how many of its threads run a statement now, ours included
 * @param writes how many statements have changed or committed something since it began to count; 0 where it does not count
 * @param writeNanos how long those took together, in nanoseconds
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html#statvar_Threads_running">Threads_running</a>
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-summary-tables.html">Statement Summary Tables</a>
 */
public record LeaderLoad(int runningThreads, long writes, long writeNanos) {}
