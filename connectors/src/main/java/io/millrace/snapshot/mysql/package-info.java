/** Snapshots of MySQL and MariaDB: read without a lock through our own packets, loaded into a follower over JDBC. */
package io.millrace.snapshot.mysql;
