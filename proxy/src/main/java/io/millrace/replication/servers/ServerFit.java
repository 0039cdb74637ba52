package io.millrace.replication.servers;

import io.millrace.binlog.ServerIdentity;
import io.millrace.follower.FollowerProfile;
import io.millrace.preflight.Finding;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Whether one server can follow another: what neither of them can tell alone. One thread. */
public final class ServerFit {
    /** What tells servers of MariaDB apart, all together: {@code server_uid} is made of a network address, and new. */
    private static final List<String> PLACE = List.of("hostname", "port", "datadir", "server_id", "server_uid");
    /** Every server of MariaDB has it that was not given another. */
    private static final String DEFAULT_SERVER_ID = "1";
    private static final String NAMES = "lower_case_table_names";
    private static final String PACKET = "max_allowed_packet";
    private static final String GALERA = "gcomm://";

    private final LeaderFacts leader;
    private final String follower;
    private final FollowerProfile profile;
    private final List<Finding> findings = new ArrayList<>();

    private ServerFit(LeaderFacts leader, String follower, FollowerProfile profile) {
        this.leader = leader;
        this.follower = follower;
        this.profile = profile;
    }

    /**
     * Compares two servers.
     *
     * @param follower its name
     * @param replicates whether it is to replicate by itself
     * @return what is in the way, the worst first; with an error it must not be touched
     */
    public static List<Finding> of(LeaderFacts leader, String follower, boolean replicates, FollowerProfile profile) {
        ServerFit fit = new ServerFit(leader, follower, profile);
        if (leader.mariaDb() != profile.mariaDb()) {
            fit.findings.add(Finding.error("The follower " + follower + " is " + profile.version() + ", and the leader " + leader.version()
                    + ": MySQL and MariaDB do not understand each other's logs", "use a follower of the leader's family"));
            return fit.findings;
        }
        fit.sameServer();
        fit.sameCluster();
        if (!replicates) {
            fit.replica();
        }
        fit.circle(replicates);
        fit.names();
        fit.version();
        fit.settings();
        return fit.findings;
    }

    /** Seeding would empty the leader, and applying would feed it with its own changes. */
    private void sameServer() {
        if (leader.mariaDb()) {
            if (!mine("hostname").isEmpty() && PLACE.stream().allMatch(this::isAlike)) {
                findings.add(Finding.error(
                        "The follower " + follower + " is the leader itself (" + mine("hostname") + ":" + mine("port") + ", server_id "
                                + mine("server_id") + ")",
                        "take it out of the channel's followers; if it is another server, give it a server_id of its own"));
            }
        } else if (leader.identity().equals(mine("server_uuid"))) {
            findings.add(Finding.error("The follower " + follower + " is the leader itself (server_uuid " + leader.identity() + ")",
                    "take it out of the channel's followers; if it is another server on a copy of the leader's data folder, delete auto.cnf there"
                            + " and restart it"));
        }
    }

    private boolean isAlike(String name) {
        return mine(name).isEmpty() || theirs(name).isEmpty() || mine(name).equals(theirs(name));
    }

    /** What is done to one member is done to all. */
    private void sameCluster() {
        boolean group = isSame("group_replication_group_name");
        boolean galera = theirs("wsrep_on").equalsIgnoreCase("ON") && isSame("wsrep_cluster_name") && isSame("wsrep_cluster_address")
                && theirs("wsrep_cluster_address").length() > GALERA.length();
        if (group || galera) {
            findings.add(Finding.error("The follower " + follower + " is a member of the leader's own cluster ("
                    + theirs(group ? "group_replication_group_name" : "wsrep_cluster_name") + ")", "use a server outside of it as a follower"));
        }
    }

    private boolean isSame(String name) {
        return !mine(name).isEmpty() && mine(name).equals(theirs(name));
    }

    /** A server id that everybody has proves nothing. */
    private Finding finding(String identity, String what, String remedy) {
        return leader.mariaDb() && identity.equals(DEFAULT_SERVER_ID)
                ? Finding.warning(what + ", if that is the server whose server_id is 1, too", remedy)
                : Finding.error(what, remedy);
    }

    /** It would get every change twice. */
    private void replica() {
        String identity = leader.mariaDb() ? theirs("server_id") : leader.identity();
        if (profile.sources().contains(identity)) {
            findings.add(finding(identity,
                    "The follower " + follower + " is set up to replicate from the leader by itself, and would get every change twice",
                    endReplication() + " on the follower, or feed: pull"));
        }
    }

    /** A native replica leaves its own changes out by its server id; rows that are applied to it do not tell where they come from. */
    private void circle(boolean replicates) {
        String identity = mine(leader.mariaDb() ? "server_id" : "server_uuid");
        boolean settled = replicates && !profile.sources().isEmpty(); // It has what seeding would take from it and, through it, from the leader.
        boolean source = leader.sources().contains(identity)
                || leader.mariaDb() && leader.sources().contains(ServerIdentity.ofMariaDb(identity));
        if (!settled && source && !theirs("version_comment").startsWith("Millrace")) {
            findings.add(finding(identity, "The leader replicates from the follower " + follower + ", or another Millrace feeds it from there:"
                    + " what is changed on the one would come back to it", endReplication() + " on the leader, or stop that Millrace"));
        }
    }

    private String endReplication() {
        return leader.mariaDb() ? "STOP ALL SLAVES; RESET SLAVE ALL;" : "STOP REPLICA; RESET REPLICA ALL;";
    }

    private void names() {
        boolean same = mine(NAMES).equals(theirs(NAMES)) || !mine(NAMES).equals("0") && !theirs(NAMES).equals("0");
        if (!same && !mine(NAMES).isEmpty() && !theirs(NAMES).isEmpty()) {
            findings.add(Finding.warning("The follower " + follower + " has " + NAMES + "=" + mine(NAMES) + ", the leader " + theirs(NAMES)
                    + ": it stops at names that differ in their case alone, or at a name that is not written in lower case",
                    "set up a follower with " + NAMES + "=" + theirs(NAMES) + ", which cannot be changed later, or keep names in lower case"));
        }
    }

    private void version() {
        if (series(profile.version()) < series(leader.version())) {
            findings.add(Finding.warning("The follower " + follower + " is " + profile.version() + ", older than the leader's " + leader.version()
                    + ": it stops at the first statement, type or collation that it does not know",
                    "use a follower of the leader's version or later"));
        }
    }

    /** Major and minor number as one. */
    private static int series(String version) {
        String[] words = version.split("\\.", 3);
        try {
            return Integer.parseInt(words[0]) * 1000 + (words.length > 1 ? Integer.parseInt(words[1]) : 0);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private void settings() {
        long room = number(mine(PACKET));
        if (room > 0 && room < number(theirs(PACKET))) {
            findings.add(Finding.warning("The follower " + follower + " has " + PACKET + "=" + room + ", less than the leader's " + theirs(PACKET)
                    + ": it stops at a row that is larger", "SET GLOBAL " + PACKET + " = " + theirs(PACKET) + ";"));
        }
        for (Map.Entry<String, String> setting : Map.of("innodb_page_size", "a table whose rows fit the leader's pages may not fit its own",
                "default_storage_engine", "a table that is made without ENGINE gets another one").entrySet()) {
            String name = setting.getKey();
            if (!mine(name).isEmpty() && !theirs(name).isEmpty() && !mine(name).equalsIgnoreCase(theirs(name))) {
                findings.add(Finding.warning("The follower " + follower + " has " + name + "=" + mine(name) + ", the leader " + theirs(name) + ": "
                        + setting.getValue(), name + "=" + theirs(name).toLowerCase(Locale.ROOT) + " in its configuration"));
            }
        }
    }

    private static long number(String value) {
        return value.matches("\\d{1,18}") ? Long.parseLong(value) : 0;
    }

    private String mine(String name) {
        return profile.variables().getOrDefault(name, "");
    }

    private String theirs(String name) {
        return leader.variables().getOrDefault(name, "");
    }
}
