package io.millrace.serve.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.GtidSet;
import io.millrace.protocol.TextResult;
import io.millrace.relay.RelayLog;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatementsTest {
    private static final String UUID = "c0896463-e744-11f1-b897-02fc00000001";

    @TempDir
    private Path directory;

    private final SessionState session = new SessionState("repl", "127.0.0.1", 7, true);

    private boolean receiving = true;

    /** What a leader of version 9.7.4 would know. */
    private final class Known implements Facts {
        @Override
        public Map<String, String> variables() {
            return Map.of("server_id", "1", "server_uuid", UUID, "gtid_mode", "ON", "binlog_checksum", "CRC32", "sql_mode", "ANSI", "version",
                    "9.7.4", "transaction_read_only", "OFF", "log_bin", "ON");
        }

        @Override
        public Map<String, String> status() {
            return Map.of("Uptime", "5");
        }

        @Override
        public boolean mariaDb() {
            return false;
        }

        @Override
        public String version() {
            return "9.7.4";
        }

        @Override
        public RelayLog log() {
            try {
                return RelayLog.open(directory);
            } catch (io.millrace.relay.RelayLogException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public BinlogCoordinates end() {
            return new BinlogCoordinates("binlog.000003", 799);
        }

        @Override
        public Optional<String> gtidsBefore(String file, String position) {
            return position.equals("4") ? Optional.of("") : Optional.empty();
        }

        @Override
        public GtidSet executed() {
            return GtidSet.parse(UUID + ":1-9");
        }

        @Override
        public List<Replica> replicas() {
            return List.of(new Replica(2, "", 3306, "uuid-of-it"));
        }

        @Override
        public List<Connection> connections() {
            return List.of(new Connection(7, "repl", "", "Query", 0, ""), new Connection(9, "other", "", "Sleep", 0, ""));
        }

        @Override
        public Map<String, String> receiver() {
            return Map.of("Replica_IO_Running", "Yes", "Source_UUID", UUID);
        }

        @Override
        public boolean kill(long connectionId, boolean query) {
            return connectionId == 7;
        }

        @Override
        public void receive(boolean on) {
            receiving = on;
        }

        @Override
        public Optional<String> purgeBefore(String file) {
            return Optional.empty();
        }
    }

    /** What replicas, clients and tools of every make send, as traced. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SELECT @@GLOBAL.SERVER_ID | 1
            select @@server_id | 1
            select @@session.transaction_read_only | 0
            select @@log_bin | 1
            SELECT @@GLOBAL.GTID_MODE | ON
            SELECT @@GLOBAL.SERVER_UUID | c0896463-e744-11f1-b897-02fc00000001
            select @@`server_id` limit 1 | 1
            SELECT @@session.`sql_mode` AS m | ANSI
            /* mysql-connector-j */SELECT  @@session.sql_mode AS sql_mode | ANSI
            SELECT /*!40001 SQL_NO_CACHE */ 1 |
            SELECT 1 FROM DUAL | 1
            select version() -- why | 9.7.4
            SELECT CONNECTION_ID() | 7
            SELECT CURRENT_USER | repl@127.0.0.1
            SELECT 'it''s' | it's
            SELECT "a\\"b" | a"b
            SELECT GTID_SUBTRACT('c0896463-e744-11f1-b897-02fc00000001:1-9', 'c0896463-e744-11f1-b897-02fc00000001:1-8') | c0896463-e744-11f1-b897-02fc00000001:9
            SELECT GTID_SUBSET('c0896463-e744-11f1-b897-02fc00000001:1', 'c0896463-e744-11f1-b897-02fc00000001:1-8') | 1
            SELECT binlog_gtid_pos('binlog.000001',4) | ''
            SELECT ifnull(@never, 'none') | none
            SELECT CONCAT(@@sql_mode,',STRICT_TRANS_TABLES') | ANSI,STRICT_TRANS_TABLES
            SELECT CONCAT('a', ifnull(binlog_gtid_pos('binlog.000001',5), 'null')) | anull
            SELECT @@global.sql_mode = 'ansi' | 1
            """)
    void answersSelect(String sql, String value) throws Exception {
        if (value == null) {
            assertThatThrownBy(() -> rows(sql)).isInstanceOf(StatementException.class);
        } else {
            assertThat(rows(sql).rows().getFirst().getFirst()).isEqualTo(value);
        }
    }

    /** One account must not take the memory of all. */
    @Test
    void holdsNoMoreThanAReplicaNeeds() throws Exception {
        String text = "x".repeat(200_000);
        run("SET @a = '" + text + "'");
        assertThatThrownBy(() -> run("SET @b = '" + text + "'")).isInstanceOf(StatementException.class).hasMessageContaining("Variables");
        run("SET @a = 'y', @b = '" + text + "'");
        assertThatThrownBy(() -> rows("SELECT @b" + ",@b".repeat(20))).isInstanceOf(StatementException.class).hasMessageContaining("Too many");
        assertThatThrownBy(() -> rows("SELECT CONCAT(@b" + ",@b".repeat(3000) + ")")).isInstanceOf(StatementException.class)
                .hasMessageContaining("Arguments");
        assertThatThrownBy(() -> rows("SELECT IFNULL(CONCAT(@b,'')" + ",CONCAT(@b,'')".repeat(9) + ")")).isInstanceOf(StatementException.class)
                .hasMessageContaining("Arguments");
        assertThatThrownBy(() -> run("SET SESSION sql_mode = '" + text + "'")).isInstanceOf(StatementException.class)
                .hasMessageContaining("Variables");
        assertThatThrownBy(() -> rows("SELECT 1" + ",1".repeat(5000))).isInstanceOf(StatementException.class).hasMessageContaining("Too many");
        assertThatThrownBy(() -> rows("SELECT 1" + ",".repeat(100_000))).isInstanceOf(StatementException.class);
    }

    @Test
    void keepsWhatAReplicaSetsAndEvaluatesTheRightHandSide() throws Exception {
        run("SET @master_heartbeat_period = 30000001024, @source_heartbeat_period = 30000001024");
        run("SET @master_binlog_checksum = @@global.binlog_checksum, @source_binlog_checksum = @@global.binlog_checksum");
        run("SET @slave_uuid= 'x-y'; SET @MariaDB_Slave_Capability=4");
        assertThat(session.userVariable("source_heartbeat_period")).contains("30000001024");
        assertThat(rows("SELECT @source_binlog_checksum").rows().getFirst().getFirst()).isEqualTo("CRC32");
        assertThat(session.userVariable("slave_uuid")).contains("x-y");
        assertThat(session.userVariable("mariadb_slave_capability")).contains("4");
        assertThat(rows("SELECT @never_set").rows().getFirst().getFirst()).isNull();
    }

    /** As canal says it, for which each of its sessions would otherwise be the same replica. */
    @Test
    void givesEachSessionItsOwnUuid() throws Exception {
        run("SET @slave_uuid=uuid()");
        String first = session.userVariable("slave_uuid").orElseThrow();
        assertThat(java.util.UUID.fromString(first)).hasToString(first);
        run("SET @slave_uuid=uuid()");
        assertThat(session.userVariable("slave_uuid")).isNotEqualTo(Optional.of(first));
    }

    @Test
    void setsAllOfAStatementOrNothing() throws Exception {
        assertThatThrownBy(() -> run("SET @one = 1, @two = nonsense()")).isInstanceOf(StatementException.class);
        assertThat(session.userVariable("one")).isEmpty();
        run("SET @one = 1, @two = @one");
        assertThat(session.userVariable("two")).contains("1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"SET NAMES utf8mb4", "SET NAMES latin1 COLLATE latin1_bin", "SET autocommit=1", "SET SESSION sql_mode = ANSI",
            "set @@session.sql_mode='x'",
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", "SET character set utf8", "SET net_write_timeout = 60", "COMMIT", "ROLLBACK",
            "BEGIN",
            "USE anything", "KILL 7", "KILL QUERY 7", "START TRANSACTION"})
    void doesWhatDriversAsk(String sql) throws Exception {
        run(sql);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SELECT @@no_such_variable | 1193
            SET no_such_variable = 1 | 1193
            SET GLOBAL sql_mode = '' | 1227
            SELECT * FROM t | 1064
            DROP TABLE t | 1064
            SELECT 'open | 1064
            SELECT ((((((((((((((((((((((((((((1)))))))))))))))))))))))))))) | 1064
            /* open | 1064
            ; ; | 1065
            KILL 8 | 1094
            PURGE BINARY LOGS TO 'binlog.000001' | 1373
            PURGE BINARY LOGS BEFORE '2026-01-31' | 1373
            PURGE MASTER LOGS BEFORE NOW() - INTERVAL 3 DAY | 1373
            PURGE BINARY LOGS BEFORE 'yesterday' | 1525
            PURGE BINARY LOGS BEFORE NOW() - INTERVAL 3 DECADE | 1064
            PURGE BINARY LOGS | 1064
            SHOW TABLES | 1064
            SELECT GTID_SUBSET('x', '') | 1772
            """)
    void refusesEverythingElseWithTheServersErrorCode(String sql, int code) {
        assertThatThrownBy(() -> run(sql)).isInstanceOfSatisfying(StatementException.class, e -> assertThat(e.answer().code()).isEqualTo(code));
    }

    @Test
    void showsVariablesByPatternAndByName() throws Exception {
        assertThat(rows("SHOW VARIABLES LIKE 'SERVER_ID'").rows()).containsExactly(List.of("server_id", "1"));
        assertThat(rows("show global variables where Variable_name in ('gtid_mode', 'server_id') or variable_name = 'sql_mode'").rows()).hasSize(3);
        assertThat(rows("SHOW VARIABLES LIKE 'rpl_semi_sync%'").rows()).isEmpty();
        assertThat(rows("SHOW GLOBAL STATUS LIKE 'up%'").rows()).containsExactly(List.of("Uptime", "5"));
    }

    @Test
    void speaksBothDialects() throws Exception {
        assertThat(rows("SHOW MASTER STATUS").rows()).isEqualTo(rows("SHOW BINARY LOG STATUS").rows());
        assertThat(names("SHOW SLAVE HOSTS")).containsExactly("Server_id", "Host", "Port", "Master_id", "Slave_UUID");
        assertThat(names("SHOW REPLICAS")).containsExactly("Server_Id", "Host", "Port", "Source_Id", "Replica_UUID");
        assertThat(names("SHOW REPLICA STATUS")).startsWith("Replica_IO_State", "Source_Host").endsWith("Network_Namespace").hasSize(60);
        assertThat(names("SHOW SLAVE STATUS")).startsWith("Slave_IO_State", "Master_Host").contains("Slave_IO_Running", "Seconds_Behind_Master",
                "Get_master_public_key", "Master_UUID");
    }

    @Test
    void answersSeveralStatementsOfOnePacket() throws Exception {
        Statements statements = new Statements(new Known(), session);
        assertThat(statements.split("SELECT 1; ; SELECT ';' ;")).hasSize(2);
    }

    @Test
    void letsOnlyAnAdminChangeAnything() throws Exception {
        run("STOP REPLICA");
        assertThat(receiving).isFalse();
        run("START SLAVE IO_THREAD");
        assertThat(receiving).isTrue();
        SessionState other = new SessionState("repl", "127.0.0.1", 7, false);
        Statements statements = new Statements(new Known(), other);
        statements.answer(statements.split("KILL 7").getFirst());
        for (String sql : List.of("STOP REPLICA", "PURGE BINARY LOGS TO 'binlog.000001'", "KILL 9")) {
            assertThatThrownBy(() -> statements.answer(statements.split(sql).getFirst())).isInstanceOfSatisfying(StatementException.class,
                    e -> assertThat(e.answer().code()).isEqualTo(1227));
        }
        assertThat(receiving).isTrue();
    }

    private List<String> names(String sql) throws StatementException {
        return rows(sql).columns().stream().map(TextResult.Column::name).toList();
    }

    private TextResult rows(String sql) throws StatementException {
        Statements statements = new Statements(new Known(), session);
        return statements.answer(statements.split(sql).getFirst()).rows().orElseThrow();
    }

    private void run(String sql) throws StatementException {
        Statements statements = new Statements(new Known(), session);
        for (Statements.Statement statement : statements.split(sql)) {
            statements.answer(statement);
        }
    }
}
