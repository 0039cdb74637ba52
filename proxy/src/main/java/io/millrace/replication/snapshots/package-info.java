/** Snapshots: taken from the leader at coordinates that are proved, and loaded into followers. Knows ports, no adapters. */
package io.millrace.replication.snapshots;
