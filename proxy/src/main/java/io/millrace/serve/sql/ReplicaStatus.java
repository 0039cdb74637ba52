package io.millrace.serve.sql;

import io.millrace.protocol.TextResult;
import io.millrace.protocol.TextResult.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How Millrace's own receiver stands, as one row under the names and in the order of the version that it mirrors.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/show-replica-status.html">SHOW REPLICA STATUS</a>
 */
final class ReplicaStatus {
    private static final String COMMON = "Replica_IO_State,Source_Host,Source_User,Source_Port,Connect_Retry,Source_Log_File,Read_Source_Log_Pos,"
            + "Relay_Log_File,Relay_Log_Pos,Relay_Source_Log_File,Replica_IO_Running,Replica_SQL_Running,Replicate_Do_DB,Replicate_Ignore_DB,"
            + "Replicate_Do_Table,Replicate_Ignore_Table,Replicate_Wild_Do_Table,Replicate_Wild_Ignore_Table,Last_Errno,Last_Error,Skip_Counter,"
            + "Exec_Source_Log_Pos,Relay_Log_Space,Until_Condition,Until_Log_File,Until_Log_Pos,Source_SSL_Allowed,Source_SSL_CA_File,"
            + "Source_SSL_CA_Path,Source_SSL_Cert,Source_SSL_Cipher,Source_SSL_Key,Seconds_Behind_Source,Source_SSL_Verify_Server_Cert,Last_IO_Errno,"
            + "Last_IO_Error,Last_SQL_Errno,Last_SQL_Error,Replicate_Ignore_Server_Ids,Source_Server_Id,";
    private static final String MYSQL = "Source_UUID,Source_Info_File,SQL_Delay,SQL_Remaining_Delay,Replica_SQL_Running_State,Source_Retry_Count,"
            + "Source_Bind,Last_IO_Error_Timestamp,Last_SQL_Error_Timestamp,Source_SSL_Crl,Source_SSL_Crlpath,Retrieved_Gtid_Set,Executed_Gtid_Set,"
            + "Auto_Position,Replicate_Rewrite_DB,Channel_Name,Source_TLS_Version";
    private static final String SINCE_8_0 = ",Source_public_key_path,Get_Source_public_key";
    private static final String SINCE_8_0_22 = ",Network_Namespace";
    private static final String MARIADB = "Source_SSL_Crl,Source_SSL_Crlpath,Using_Gtid,Gtid_IO_Pos,Replicate_Do_Domain_Ids,Replicate_Ignore_Domain_Ids,"
            + "Parallel_Mode,SQL_Delay,SQL_Remaining_Delay,Replica_SQL_Running_State,Slave_DDL_Groups,Slave_Non_Transactional_Groups,"
            + "Slave_Transactional_Groups,Replicate_Rewrite_DB";
    private static final String MARIADB_ALL = ",Retried_transactions,Max_relay_log_size,Executed_log_entries,Slave_received_heartbeats,"
            + "Slave_heartbeat_period,Gtid_Slave_Pos";

    private ReplicaStatus() {
    }

    /**
     * The one row.
     *
     * @param old whether the columns have the names of before 8.0.22
     * @param allChannels whether it is MariaDB's SHOW ALL SLAVES STATUS
     */
    static TextResult of(Facts facts, boolean old, boolean allChannels) throws StatementException {
        if (allChannels && !facts.mariaDb()) {
            throw StatementException.syntax("ALL SLAVES STATUS");
        }
        Map<String, @Nullable String> values = facts.receiver();
        List<Column> columns = new ArrayList<>();
        List<@Nullable String> row = new ArrayList<>();
        for (String name : names(facts, allChannels).split(",", -1)) {
            columns.add(Column.text(old || facts.mariaDb() ? oldName(name) : name));
            row.add(values.containsKey(name) ? values.get(name) : "");
        }
        return new TextResult(columns, List.of(row));
    }

    private static String names(Facts facts, boolean allChannels) {
        if (facts.mariaDb()) {
            return (allChannels ? "Connection_name,Slave_SQL_State," : "") + COMMON + MARIADB + (allChannels ? MARIADB_ALL : "");
        }
        if (facts.version().startsWith("5.")) {
            return COMMON + MYSQL;
        }
        boolean early = facts.version().matches("8\\.0\\.([0-9]|1[0-9]|2[01])(\\D.*)?");
        return COMMON + MYSQL + SINCE_8_0 + (early ? "" : SINCE_8_0_22);
    }

    private static String oldName(String name) {
        return name.replace("Replica_", "Slave_").replace("Get_Source", "Get_master").replace("Source", "Master");
    }
}
