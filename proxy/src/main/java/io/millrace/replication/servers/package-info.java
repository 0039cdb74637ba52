/** Who the leader and its followers are, and whether one can follow the other. */
package io.millrace.replication.servers;
