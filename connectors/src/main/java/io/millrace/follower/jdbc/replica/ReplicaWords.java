package io.millrace.follower.jdbc.replica;

import io.millrace.connection.ServerVersion;

/** The one place that knows which words a replica's version wants: those of before 8.0.22 and of MariaDB, or those since. */
record ReplicaWords(ServerVersion version) {
    /** Turns a statement or a column in the new words into what the server understands. */
    String of(String text) {
        if (version.isMySql(8, 0, 23)) {
            return text;
        }
        return text.replace("CHANGE REPLICATION SOURCE", "CHANGE MASTER").replace("SOURCE", "MASTER").replace("REPLICA", "SLAVE")
                .replace("Replica_", "Slave_").replace("Source", "Master");
    }

    /** Ends a statement that must not touch channels which others have given names: ours is the one without. */
    String channel() {
        return version.mariaDb() ? "" : " FOR CHANNEL ''";
    }

    /** Forgets the server's own log, which is empty but for the seeding, and with it its GTIDs. */
    String reset() {
        return version.isMySql(8, 2, 0) ? "RESET BINARY LOGS AND GTIDS" : "RESET MASTER";
    }
}
