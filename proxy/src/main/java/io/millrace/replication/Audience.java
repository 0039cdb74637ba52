package io.millrace.replication;

import io.millrace.binlog.BinlogCoordinates;
import java.util.List;
import java.util.Optional;

/** Those who read the log of a channel by themselves. Any thread may call. */
public interface Audience {
    /** Everybody who is being sent events now. */
    List<Reader> readers();

    /** The log is another one than before: everybody must begin anew. */
    void newEpoch();

    /** Nobody. */
    static Audience none() {
        return new Audience() {
            @Override
            public List<Reader> readers() {
                return List.of();
            }

            @Override
            public void newEpoch() {
                // There is nobody to tell.
            }
        };
    }

    /**
     * One of them.
     *
     * @param peer address and port
     * @param managed whether Millrace has set it up itself
     * @param sentTo empty before the first event
     * @param acknowledged up to where a semi-synchronous replica says that it has everything
     */
    record Reader(String user, String peer, long serverId, boolean managed, Optional<BinlogCoordinates> sentTo,
            Optional<BinlogCoordinates> acknowledged) {}
}
