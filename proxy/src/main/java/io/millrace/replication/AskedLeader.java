package io.millrace.replication;

import io.millrace.binlog.GtidSet;
import io.millrace.leader.Leader;
import io.millrace.leader.LeaderException;
import io.millrace.leader.LeaderProfile;
import io.millrace.replication.followers.Epoch;

/**
 * Asks the leader of an epoch, and no other that has come to its address. Any thread.
 *
 * @param identity of that leader
 */
record AskedLeader(Leader leader, String identity) implements Epoch.Executed {
    private LeaderProfile profile() throws LeaderException {
        LeaderProfile asked = leader.profile();
        if (!asked.identity().equals(identity)) {
            throw new LeaderException.Unreachable("another server leads now", null);
        }
        return asked;
    }

    @Override
    public GtidSet now() throws LeaderException {
        return profile().executed();
    }

    @Override
    public GtidSet received() throws LeaderException {
        return profile().received();
    }
}
