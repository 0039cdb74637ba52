package io.millrace.replication.servers;

import io.millrace.binlog.ServerIdentity;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.follower.FollowerProfile;
import io.millrace.preflight.Finding;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ServerFitTest {
    private static final LeaderFacts MYSQL = new LeaderFacts("11111111-1111-1111-1111-111111111111", "8.0.36", false, true,
            Set.of("44444444-4444-4444-4444-444444444444"),
            Map.of("lower_case_table_names", "0", "max_allowed_packet", "67108864", "innodb_page_size", "16384", "default_storage_engine", "InnoDB"));
    private static final Map<String, String> PLACE = Map.of("hostname", "db", "port", "3306", "datadir", "/var/lib/mysql/", "server_id", "1");

    @Test
    void findsNothingBetweenServersOfAKind() {
        assertThat(of("8.0.15", Set.of(), Map.of())).isEmpty();
        assertThat(of("9.7.0", Set.of("33333333-3333-3333-3333-333333333333"), Map.of("max_allowed_packet", "1073741824"))).isEmpty();
    }

    @Test
    void refusesTheLeaderItself() {
        assertThat(of("8.0.36", Set.of(), Map.of("server_uuid", MYSQL.identity()))).singleElement()
                .satisfies(found -> assertThat(found.fatal()).isTrue())
                .satisfies(found -> assertThat(found.what()).contains("is the leader itself", MYSQL.identity()));
    }

    @Test
    void refusesTheLeaderItselfWhereServersHaveNoUuid() {
        assertThat(mariaDb(PLACE, PLACE)).singleElement().satisfies(found -> assertThat(found.what()).contains("is the leader itself (db:3306"));
        assertThat(mariaDb(PLACE, with(PLACE, "server_id", "2"))).isEmpty();
        assertThat(mariaDb(PLACE, with(PLACE, "port", "3307"))).isEmpty();
        assertThat(mariaDb(with(PLACE, "server_uid", "a"), with(PLACE, "server_uid", "b"))).isEmpty();
        assertThat(mariaDb(with(PLACE, "server_uid", "a"), with(PLACE, "server_uid", "a"))).hasSize(1);
        assertThat(mariaDb(with(PLACE, "datadir", ""), PLACE)).as("through another Millrace").hasSize(1);
        assertThat(mariaDb(Map.of("server_uid", "a"), Map.of("server_uid", "a"))).as("of containers with the same address").isEmpty();
    }

    @Test
    void refusesWhoGetsTheChangesAlready() {
        assertThat(of("8.0.36", Set.of(MYSQL.identity()), Map.of())).singleElement()
                .satisfies(found -> assertThat(found.what()).contains("every change twice"));
        assertThat(ServerFit.of(MYSQL, "f", true, profile("8.0.36", Set.of(MYSQL.identity()), Map.of()))).as("from us").isEmpty();
    }

    @Test
    void refusesTheSourceOfTheLeader() {
        assertThat(of("8.0.36", Set.of(), Map.of("server_uuid", "44444444-4444-4444-4444-444444444444"))).singleElement()
                .satisfies(found -> assertThat(found.what()).contains("would come back to it"));
    }

    @Test
    void refusesAnotherFamilyAndWarnsOfOtherRulesForNames() {
        assertThat(ServerFit.of(MYSQL, "f", false, new FollowerProfile("10.11.6-MariaDB", true, Set.of(), Map.of()))).singleElement()
                .satisfies(found -> assertThat(found.what()).contains("do not understand each other's logs"));
        assertThat(of("8.0.36", Set.of(), Map.of("lower_case_table_names", "1"))).singleElement()
                .satisfies(found -> assertThat(found.fatal()).isFalse());
    }

    @Test
    void refusesAMemberOfTheLeadersCluster() {
        LeaderFacts member = new LeaderFacts("made up", "10.11.6-MariaDB", true, false, Set.of(), Map.of("wsrep_on", "ON", "wsrep_cluster_name", "c",
                "wsrep_cluster_address", "gcomm://a,b"));
        assertThat(ServerFit.of(member, "f", false, new FollowerProfile("10.11.6-MariaDB", true, Set.of(), member.variables()))).singleElement()
                .satisfies(found -> assertThat(found.what()).contains("leader's own cluster (c)"));
    }

    @Test
    void onlyWarnsWhereAServerIdProvesNothing() {
        LeaderFacts leading = new LeaderFacts("made up", "10.11.6-MariaDB", true, false, Set.of("1", "7"), Map.of("server_id", "1"));
        List<Finding> ones = ServerFit.of(leading, "f", false, new FollowerProfile("10.11.6-MariaDB", true, Set.of("1"), Map.of("server_id", "1")));
        assertThat(ones).hasSize(2).noneMatch(Finding::fatal);
        assertThat(ServerFit.of(leading, "f", false, new FollowerProfile("10.11.6-MariaDB", true, Set.of(), Map.of("server_id", "7"))))
                .singleElement().satisfies(found -> assertThat(found.fatal()).isTrue());
        LeaderFacts fed = new LeaderFacts("made up", "10.11.6-MariaDB", true, false, Set.of(ServerIdentity.ofMariaDb("7")), Map.of());
        assertThat(ServerFit.of(fed, "f", false, new FollowerProfile("10.11.6-MariaDB", true, Set.of(), Map.of("server_id", "7")))).as("by Millrace")
                .singleElement().satisfies(found -> assertThat(found.fatal()).isTrue());
    }

    @Test
    void warnsOfWhatMayStopItLater() {
        List<Finding> found = of("5.7.44", Set.of(), Map.of("max_allowed_packet", "4194304", "innodb_page_size", "8192", "default_storage_engine",
                "MyISAM"));
        assertThat(found).hasSize(4).noneMatch(Finding::fatal);
        assertThat(found.toString()).contains("older than the leader's 8.0.36", "SET GLOBAL max_allowed_packet = 67108864;",
                "innodb_page_size=16384 in its configuration", "default_storage_engine=innodb in its configuration");
    }

    private static List<Finding> of(String version, Set<String> sources, Map<String, String> others) {
        return ServerFit.of(MYSQL, "f", false, profile(version, sources, others));
    }

    private static FollowerProfile profile(String version, Set<String> sources, Map<String, String> others) {
        Map<String, String> variables = new HashMap<>(MYSQL.variables());
        variables.put("server_uuid", "22222222-2222-2222-2222-222222222222");
        variables.putAll(others);
        return new FollowerProfile(version, false, sources, variables);
    }

    private static List<Finding> mariaDb(Map<String, String> leader, Map<String, String> follower) {
        return ServerFit.of(new LeaderFacts("made up", "10.11.6-MariaDB", true, false, Set.of(), leader), "f", false,
                new FollowerProfile("10.11.6-MariaDB", true, Set.of(), follower));
    }

    private static Map<String, String> with(Map<String, String> map, String name, String value) {
        Map<String, String> changed = new HashMap<>(map);
        changed.put(name, value);
        return changed;
    }
}
