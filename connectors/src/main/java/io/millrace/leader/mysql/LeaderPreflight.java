package io.millrace.leader.mysql;

import io.millrace.config.LeaderConfig;
import io.millrace.config.SnapshotConfig;
import io.millrace.connection.QueryResult;
import io.millrace.connection.ServerConnection;
import io.millrace.connection.ServerVersion;
import io.millrace.preflight.Finding;
import io.millrace.preflight.Grants;
import io.millrace.preflight.Missing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Names every setting and privilege that the leader lacks, with the statement that mends it. */
final class LeaderPreflight {
    private final LeaderConfig config;
    private final SnapshotConfig snapshot;
    private final boolean copies;
    private final ServerConnection connection;
    private final List<Finding> findings = new ArrayList<>();

    /** @param copies whether snapshots are taken, and the channel does more than serve */
    LeaderPreflight(LeaderConfig config, SnapshotConfig snapshot, boolean copies, ServerConnection connection) {
        this.copies = copies;
        this.config = config;
        this.snapshot = snapshot;
        this.connection = connection;
    }

    List<Finding> check() throws IOException {
        ServerVersion version = connection.version();
        if (!version.mariaDb() && !version.atLeast(5, 7, 0) || version.mariaDb() && !version.atLeast(10, 6, 0)) {
            findings.add(Finding.error("The leader is " + version + ", which is too old", "use MySQL 5.7 or later, or MariaDB 10.6 or later"));
        }
        LeaderVariables variables = LeaderVariables.read(connection);
        settings(variables, version);
        if (variables.get("version_comment").startsWith("Millrace")) {
            findings.add(Finding.warning("The leader is another Millrace: it serves its log, but has no tables of which a snapshot could be taken",
                    "seed followers from a channel whose leader is the server itself"));
        } else {
            privileges();
        }
        serverId();
        semiSync();
        return findings;
    }

    private void settings(LeaderVariables variables, ServerVersion version) {
        if (!variables.isOn("log_bin")) {
            findings.add(Finding.error("The leader writes no binlog (log_bin=OFF)", "start it with log_bin=binlog and server_id set"));
        }
        if (!variables.get("binlog_format").equalsIgnoreCase("ROW")) {
            findings.add(Finding.error("The leader logs statements (binlog_format=" + variables.get("binlog_format") + ")",
                    "SET GLOBAL binlog_format = 'ROW'; and binlog_format=ROW in its configuration"));
        }
        if (!version.mariaDb() && !variables.isOn("gtid_mode")) {
            boolean locks = snapshot.lock() == SnapshotConfig.Lock.ALL;
            String what = "The leader has no GTIDs (gtid_mode=" + variables.get("gtid_mode") + "), so a snapshot needs a short lock";
            String remedy = "gtid_mode=ON and enforce_gtid_consistency=ON in its configuration";
            findings.add(locks || !copies
                    ? Finding.warning(what + (locks ? ", which snapshot.lock allows" : ": snapshot.lock: all"), remedy)
                    : Finding.error(what + ", which snapshot.lock: " + snapshot.lock().name().toLowerCase(Locale.ROOT) + " does not allow",
                            "snapshot.lock: all; or " + remedy));
        }
        if (version.mariaDb() && !variables.get("binlog_row_image").equalsIgnoreCase("FULL")) {
            findings.add(Finding.warning(
                    "Row images are " + variables.get("binlog_row_image") + ": of a REPLACE MariaDB logs nothing of the columns that"
                            + " it does not name, so that every follower keeps their old values",
                    "SET GLOBAL binlog_row_image = 'FULL'; and"
                            + " binlog_row_image=FULL in its configuration"));
        }
        if (!version.mariaDb() && !variables.get("binlog_row_image").equalsIgnoreCase("FULL")) {
            findings.add(Finding.warning("Row images are " + variables.get("binlog_row_image") + ": coordinates are harder to prove under load",
                    "SET GLOBAL binlog_row_image = 'FULL';"));
        }
        if (variables.get("binlog_order_commits").equals("0") || variables.get("binlog_order_commits").equalsIgnoreCase("OFF")) {
            findings.add(Finding.warning("Transactions become visible in another order than that of the log (binlog_order_commits=OFF):"
                    + " a snapshot's coordinates can be proved only in moments at which nothing is committed",
                    "SET GLOBAL binlog_order_commits = ON;"));
        }
        if (variables.get("binlog_storage_engine").equalsIgnoreCase("innodb")) {
            findings.add(Finding.error("The leader keeps its binlog inside InnoDB, where files and positions do not exist",
                    "start it without binlog_storage_engine"));
        }
    }

    private void privileges() throws IOException {
        Grants granted = new Grants(connection.query(Grants.QUERY).column(0));
        need(granted, "REPLICATION SLAVE", "it cannot stream the binlog");
        if (!granted.has("BINLOG MONITOR")) {
            need(granted, "REPLICATION CLIENT", "it cannot see where the binlog ends");
        }
        needToCopy(granted, "SELECT", "it cannot copy the tables");
        needToCopy(granted, "SHOW VIEW", "it cannot copy views");
        needToCopy(granted, "TRIGGER", "it does not see triggers, and snapshots lack them");
        needToCopy(granted, "EVENT", "it does not see events, and snapshots lack them");
        if (snapshot.lock() == SnapshotConfig.Lock.ALL) {
            toLockAll(granted);
        }
        if (copies) {
            schemasThere();
        }
        if (connection.version().isMySql(8, 0, 0)) {
            want(granted, "BACKUP_ADMIN", "DDL cannot be kept away while tables are copied: a snapshot during which DDL ran is thrown away");
            want(granted, "XA_RECOVER_ADMIN",
                    "it does not see XA transactions that are prepared long before a snapshot: a follower stops where one of them commits later");
        }
        if (copies) {
            tablesWithoutTransactions(granted.has("LOCK TABLES"));
        }
    }

    private void tablesWithoutTransactions(boolean mayLock) throws IOException {
        QueryResult found = connection.query("SELECT COUNT(*), MIN(CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, ' (', ENGINE, ')'))"
                + " FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE NOT IN"
                + " ('InnoDB', 'ROCKSDB', 'BLACKHOLE', 'FEDERATED', 'MRG_MYISAM', 'SPIDER')"
                + " AND TABLE_SCHEMA " + schemas());
        if (found.text(0, 0).equals("0")) {
            return;
        }
        String what = "No consistent view shows " + found.text(0, 0) + " of the leader's tables, such as " + found.text(0, 1);
        if (snapshot.lock() == SnapshotConfig.Lock.NEVER) {
            findings.add(Finding.error(what + ", and snapshot.lock: never lets none be locked while it is copied",
                    "ALTER TABLE … ENGINE = InnoDB; or snapshot.lock: tables"));
        } else if (mayLock) {
            findings.add(Finding.warning(what + ": each is locked against writes while it is copied", "ALTER TABLE … ENGINE = InnoDB;"));
        } else {
            findings.add(Finding.error(what + ", and the account " + config.user() + " lacks LOCK TABLES to keep them still while they are copied",
                    grant("LOCK TABLES")));
        }
    }

    /** Without GTIDs of MySQL's there is no other way; with them it is the last one. */
    private void toLockAll(Grants granted) throws IOException {
        boolean only = copies && !connection.version().mariaDb() && !connection.query("SELECT @@global.gtid_mode").text(0, 0).equals("ON");
        if (!granted.has("RELOAD") && !granted.has("FLUSH_TABLES")) {
            findings.add(lacks("RELOAD", "it cannot lock everything, as snapshot.lock: all is meant to", only));
        }
        if (!granted.has("PROCESS")) {
            findings.add(
                    lacks("PROCESS", "it does not see the long queries that FLUSH TABLES WITH READ LOCK would wait for, and everybody else behind it",
                            only));
        }
    }

    private Finding lacks(String privilege, String without, boolean fatal) {
        String what = "The account " + config.user() + " lacks " + privilege + ": " + without;
        return fatal ? Finding.error(what, grant(privilege)) : Finding.warning(what, grant(privilege));
    }

    private String schemas() {
        return snapshot.schemas().isEmpty()
                ? "NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys', 'millrace')"
                : snapshot.schemas().stream().map(LeaderPreflight::text).collect(Collectors.joining(", ", "IN (", ")"));
    }

    private static String text(String value) {
        return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    private void schemasThere() throws IOException {
        List<String> there = connection.query("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA").column(0);
        Missing.schemas(snapshot.schemas(), there).ifPresent(findings::add);
    }

    /** Where all schemas are copied, it must hold on all: what the account may not see would be missing without a word. */
    private void needToCopy(Grants granted, String privilege, String without) {
        boolean everywhere = copies && snapshot.schemas().isEmpty();
        if (!(everywhere ? granted.hasEverywhere(privilege) : granted.has(privilege))) {
            findings.add(lacks(privilege, (granted.has(privilege) ? "of the schemas without it " : "") + without, copies));
        }
    }

    private void need(Grants granted, String privilege, String without) {
        if (!granted.has(privilege)) {
            findings.add(lacks(privilege, without, true));
        }
    }

    private void want(Grants granted, String privilege, String without) {
        if (!granted.has(privilege)) {
            findings.add(lacks(privilege, without, false));
        }
    }

    private String grant(String privilege) {
        return Grants.statement(privilege, config.user());
    }

    private void semiSync() throws IOException {
        if (!config.semiSync()) {
            return;
        }
        QueryResult enabled = connection.query(SemiSync.ENABLED);
        if (!SemiSync.isOn(enabled)) {
            boolean there = !enabled.isEmpty();
            findings.add(Finding.warning("leader.semiSync is true, but the leader does not replicate semi-synchronously"
                    + (there ? " (" + enabled.text(0, 0) + "=OFF)" : " (its plugin is not installed)") + ": nothing is acknowledged",
                    there
                            ? "SET GLOBAL " + enabled.text(0, 0) + " = ON;"
                            : "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'; SET GLOBAL rpl_semi_sync_source_enabled = ON;"));
        }
    }

    private void serverId() throws IOException {
        String own = connection.query("SELECT @@global.server_id").text(0, 0);
        if (own.equals(Long.toString(config.serverId()))) {
            findings.add(Finding.error("leader.serverId is " + own + ", which is the leader's own", "choose another leader.serverId"));
        }
    }
}
