package io.millrace.serve.dump;

import java.util.UUID;

/**
 * As whom the log is served: the server that wrote it.
 *
 * @param uuid by which its GTIDs are known
 */
public record LeaderIdentity(long serverId, UUID uuid, boolean mariaDb, boolean gtids) {}
