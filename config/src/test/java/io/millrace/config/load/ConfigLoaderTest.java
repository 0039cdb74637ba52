package io.millrace.config.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.config.ConfigException;
import io.millrace.config.LeaderConfig;
import io.millrace.config.MillraceConfig;
import io.millrace.config.TlsConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
    private static final String WHOLE = """
            channels:
              - name: main
                leader:
                  host: db1.example
                  user: millrace
                  password: ${env:LEADER_PASSWORD}
                  serverId: 42
                  heartbeat: 500ms
                  tls: {mode: verify-ca, ca: /etc/ca.pem}
                relayLog: {keepSize: 2GiB}
                followers:
                  - {name: copy, host: db2.example, user: millrace, replace: true}
            """;

    @Test
    void readsAFileWithDefaultsUnitsAndSecrets() throws Exception {
        MillraceConfig config = new ConfigLoader(Map.of("LEADER_PASSWORD", "s3cret")).parse("m.yaml", WHOLE);
        LeaderConfig leader = config.channels().getFirst().leader();
        assertThat(leader.port()).isEqualTo(3306);
        assertThat(leader.heartbeat()).isEqualTo(Duration.ofMillis(500));
        assertThat(leader.password().reveal()).isEqualTo("s3cret");
        assertThat(leader.tls().mode()).isEqualTo(TlsConfig.Mode.VERIFY_CA);
        assertThat(config.channels().getFirst().relayLog().keepSize().bytes()).isEqualTo(2L << 30);
        assertThat(config.channels().getFirst().followers().getFirst().replace()).isTrue();
        assertThat(config.process().httpPort()).isEqualTo(8380);
    }

    @Test
    void refusesAServerThatIsTwoFollowers() {
        String twice = WHOLE + "      - {name: another, host: DB2.example, user: millrace}\n";
        assertThatThrownBy(() -> new ConfigLoader(Map.of("LEADER_PASSWORD", "s3cret")).parse("m.yaml", twice)).isInstanceOf(ConfigException.class)
                .hasMessageContaining("those of \"another\" stand twice");
    }

    @Test
    void needsNoSecretWhereNoneIsUsed() throws Exception {
        String text = WHOLE + "process: {httpPort: '${env:PORT}'}\n";
        assertThat(ConfigLoader.withoutSecrets(Map.of("PORT", "1234")).parse("m.yaml", text).process().httpPort()).isEqualTo(1234);
    }

    @Test
    void refusesWhatWouldBeTakenForAPassword() {
        assertThatThrownBy(() -> new ConfigLoader(Map.of()).parse("m.yaml", WHOLE.replace("${env:LEADER_PASSWORD}", "${LEADER_PASSWORD}")))
                .isInstanceOf(ConfigException.class).hasMessageContaining("of another form than ${env:NAME}").hasMessageContaining("leader.password");
    }

    @Test
    void saysOfTextThatIsNoYamlWhatItIs() {
        assertThatThrownBy(() -> new ConfigLoader(Map.of()).parse("m.yaml", "channels: \u0001")).isInstanceOf(ConfigException.class)
                .hasMessageContaining("a character that no text has");
        assertThatThrownBy(() -> new ConfigLoader(Map.of()).parse("m.yaml", "? {a: b}\n: c\n")).isInstanceOf(ConfigException.class)
                .hasMessageContaining("a key is a word");
    }

    /** A native replica keeps the address that it is given. */
    @Test
    void refusesAnAddressByWhichNoReplicaWouldFindIt() {
        for (Map.Entry<String, String> wrong : Map
                .of("{port: 3307}", "reaches this machine", "{port: 3307, host: 0.0.0.0}", "advertisedHost must say",
                        "{port: 0, advertisedHost: m.example}", "serve.port must not be 0")
                .entrySet()) {
            String text = WHOLE.replace("replace: true", "feed: pull").replace("    relayLog:", "    serve: " + wrong.getKey() + "\n    relayLog:");
            assertThatThrownBy(() -> new ConfigLoader(Map.of("LEADER_PASSWORD", "s3cret")).parse("m.yaml", text)).isInstanceOf(ConfigException.class)
                    .hasMessageContaining(wrong.getValue());
        }
    }

    @Test
    void showsNoSecretInItsText() throws Exception {
        MillraceConfig config = new ConfigLoader(Map.of("LEADER_PASSWORD", "s3cret")).parse("m.yaml", WHOLE);
        assertThat(config.toString()).doesNotContain("s3cret");
    }

    @Test
    void readsASecretFromAFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("password"), "from-file\n");
        MillraceConfig config = new ConfigLoader(Map.of()).parse("m.yaml", WHOLE.replace("${env:LEADER_PASSWORD}", "${file:" + file + "}"));
        assertThat(config.channels().getFirst().leader().password().reveal()).isEqualTo("from-file");
    }

    @Test
    void reportsEveryProblemAtOnceWithFileLineKeyAndWhatIsAllowed() {
        String wrong = """
                process: {httpPort: 70000}
                channels:
                  - name: "ma in"
                    leader:
                      user: millrace
                      serverId: many
                      heartbeat: soon
                      tls: {mode: sure, certificate: a.pem}
                      pasword: x
                    snapshot: {chunkSize: 1B}
                    followers: yes
                """;
        assertThatThrownBy(() -> new ConfigLoader(Map.of()).parse("m.yaml", wrong)).isInstanceOfSatisfying(ConfigException.class,
                e -> assertThat(e.problems()).containsExactly("m.yaml:1: process.httpPort must be 0 to 65535, was 70000",
                        "m.yaml:5: channels[0].leader.host is missing",
                        "m.yaml:6: channels[0].leader.serverId must be a whole number 1 to 4294967295, was \"many\"",
                        "m.yaml:7: channels[0].leader.heartbeat must be a duration such as 500ms, 30s, 5m, 12h or 3d, was \"soon\"",
                        "m.yaml:8: channels[0].leader.tls.mode must be one of disabled, preferred, required, verify-ca, verify-identity, was \"sure\"",
                        "m.yaml:9: channels[0].leader.pasword is not known here; allowed are host, port, user, password, serverId, tls, heartbeat,"
                                + " connectTimeout, semiSync, compression",
                        "m.yaml:10: channels[0].snapshot.chunkSize must be 64KiB to 256MiB, was 1B",
                        "m.yaml:11: channels[0].followers must be a list"));
    }

    @Test
    void namesTheVariableThatIsNotSet() {
        assertThatThrownBy(() -> new ConfigLoader(Map.of()).parse("m.yaml", WHOLE))
                .hasMessage("m.yaml:6: channels[0].leader.password refers to the environment variable LEADER_PASSWORD, which is not set");
    }

    @Test
    void forwardsOnlyForAccountsThatTheLeaderKnows() throws Exception {
        String nobody = WHOLE + "    serve: {forwardQueries: true, accounts: [{user: a, password: x}]}\n";
        String noUse = WHOLE + "    serve: {accounts: [{user: a, password: x, leaderUser: b}]}\n";
        ConfigLoader loader = new ConfigLoader(Map.of("LEADER_PASSWORD", "x"));
        assertThatThrownBy(() -> loader.parse("m.yaml", nobody)).hasMessageContaining("forwardQueries: true needs an account with a leaderUser");
        assertThatThrownBy(() -> loader.parse("m.yaml", noUse)).hasMessageContaining("accounts.leaderUser does nothing without forwardQueries");
    }

    @Test
    void checksSettingsAgainstEachOther() {
        String same = WHOLE.replace("db2.example", "db1.example").replace("verify-ca", "required");
        assertThatThrownBy(() -> new ConfigLoader(Map.of("LEADER_PASSWORD", "")).parse("m.yaml", same))
                .hasMessageContaining("channels[0].followers.host and port of \"copy\" must not be those of the leader")
                .hasMessageContaining("channels[0].leader.tls.ca has no effect with mode REQUIRED");
    }

    @Test
    void saysWhereAFileIsNoYaml() {
        assertThatThrownBy(() -> new ConfigLoader(Map.of()).parse("m.yaml", "channels: [\n")).hasMessageStartingWith("m.yaml:2: is not YAML");
    }
}
