/**
 * One authenticated connection to a MySQL or MariaDB server that speaks packets, for the stream and for snapshots. The connector library
 * makes the handshake; every byte after it is ours. Adapter: both {@code leader.mysql} and {@code snapshot.mysql} stand on it.
 */
package io.millrace.connection;
