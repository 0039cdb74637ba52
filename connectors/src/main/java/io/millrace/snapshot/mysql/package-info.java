/** Snapshots of MySQL and MariaDB: read without a lock through our own packets. */
package io.millrace.snapshot.mysql;
