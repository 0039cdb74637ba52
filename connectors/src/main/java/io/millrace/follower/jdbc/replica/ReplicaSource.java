package io.millrace.follower.jdbc.replica;

import io.millrace.config.value.Secret;

/**
 * Where a replica reaches us, and as whom.
 *
 * @param tls whether we offer it
 */
public record ReplicaSource(String host, int port, String user, Secret password, boolean tls) {}
