package io.millrace.replication;

import io.millrace.leader.LeaderException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a person does about a receiver that has stopped. */
final class Remedy {
    private Remedy() {
    }

    /**
     * Follows the failure's own message. Nothing brings back what a leader no longer has.
     *
     * @param relayDirectory holds a directory for each leader
     * @param log that of the leader that failed
     */
    static String of(LeaderException failure, Path relayDirectory, Path log) {
        if (failure instanceof LeaderException.Purged && hasOtherEpochs(relayDirectory)) {
            return ". Another server has led since its log was copied: stop Millrace, move " + log
                    + " away, and start it: followers come over to the log that begins then by their GTIDs, and those that cannot are told to be seeded";
        }
        if (failure instanceof LeaderException.Purged || failure instanceof LeaderException.Diverged) {
            return ". To begin anew: stop Millrace, and move " + relayDirectory.getParent()
                    + " away, its snapshots with its log; on followers that Millrace feeds, DROP DATABASE millrace; on its native replicas,"
                    + " STOP REPLICA; RESET REPLICA ALL; (SLAVE for REPLICA in older words) and DROP DATABASE millrace; then start it: those"
                    + " with replace: true are seeded again, others once they are empty";
        }
        return "; when that is mended, START REPLICA on the replication port, or start Millrace again";
    }

    private static boolean hasOtherEpochs(Path relayDirectory) {
        try (Stream<Path> epochs = Files.list(relayDirectory)) {
            return epochs.filter(Files::isDirectory).count() > 1;
        } catch (IOException e) {
            return false;
        }
    }
}
