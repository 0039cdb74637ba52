/**
 * The relay log: the leader's binlog files, byte for byte under their own names, durable before anybody sees them. One writer, many
 * readers.
 */
package io.millrace.relay;
