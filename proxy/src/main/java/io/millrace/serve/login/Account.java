package io.millrace.serve.login;

import io.millrace.config.value.AddressRange;
import io.millrace.config.value.Secret;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Somebody who may log in.
 *
 * @param from the addresses it may come from; none means every one
 * @param admin whether it may do more than replicate and look
 * @param atLeader who it is at the leader, where its other statements run; empty if they do not
 */
public record Account(String user, StoredPassword password, List<AddressRange> from, boolean admin, Optional<AtLeader> atLeader) {
    /** An account at the leader. */
    public record AtLeader(String user, Secret password) {}

    public Account {
        from = List.copyOf(from);
    }

    boolean mayComeFrom(InetAddress address) {
        return from.isEmpty() || from.stream().anyMatch(range -> range.contains(address));
    }
}
