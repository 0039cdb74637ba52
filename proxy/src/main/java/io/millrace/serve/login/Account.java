package io.millrace.serve.login;

import io.millrace.config.value.AddressRange;
import java.net.InetAddress;
import java.util.List;

/**
 * Somebody who may log in.
 *
 * @param from the addresses it may come from; none means every one
 * @param admin whether it may do more than replicate and look
 */
public record Account(String user, StoredPassword password, List<AddressRange> from, boolean admin) {
    public Account {
        from = List.copyOf(from);
    }

    boolean mayComeFrom(InetAddress address) {
        return from.isEmpty() || from.stream().anyMatch(range -> range.contains(address));
    }
}
