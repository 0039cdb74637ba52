/** Snapshots loaded into a follower over JDBC. */
package io.millrace.snapshot.mysql.load;
