package io.millrace.follower.jdbc;

import io.millrace.follower.Checkpoint;

/**
 * A worker's row in {@code millrace.worker}. Workers have rows of their own, so that none waits for the lock of another's; the follower
 * stands where the furthest of them says.
 *
 * @param key what finds the row
 * @param epoch of the driver that it works for
 */
record WorkerCheckpoint(String key, long epoch) {
    static WorkerCheckpoint of(String follower, int worker, long epoch) {
        return new WorkerCheckpoint("name = '" + follower + "' AND worker = " + worker, epoch);
    }

    /** The update that a worker of that epoch may make; it matches no row when another driver has taken over. */
    String update(Checkpoint reached) {
        return "UPDATE millrace.worker SET " + CheckpointTable.place(reached) + " WHERE " + key + " AND epoch = " + epoch;
    }
}
