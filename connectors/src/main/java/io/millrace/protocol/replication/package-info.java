/** What a replica sends to its source, read and written: it registers, asks for events, and acknowledges them. */
package io.millrace.protocol.replication;
