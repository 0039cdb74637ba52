package io.millrace.config;

import io.millrace.config.value.Secret;
import io.millrace.config.value.ByteSize;
import java.util.function.Consumer;

/** One server that Millrace seeds, catches up and keeps live. */
public record FollowerConfig(
        @Setting("A short name of 1 to 48 letters, digits, `-` and `_`; it stands in the follower's checkpoint, in log lines and status.") String name,
        @Setting("Host name or address of the follower.") String host,
        @Setting(value = "Port of the follower.", orElse = "3306", min = 1, max = 65535) int port,
        @Setting("Account on the follower; `millrace check` names the privileges it lacks.") String user,
        @Setting(value = "Its password, best as `${env:NAME}` or `${file:PATH}`.", orElse = "\"\"") Secret password,
        @Setting(value = "Encryption of the connections to the follower.", orElse = "{}") TlsConfig tls,
        @Setting(value = "How the follower is fed: `push` means that Millrace applies the transactions itself, `pull` that the follower is a native replica of Millrace, which sets it up (needs `serve` with a fixed port, and `advertisedHost` where `serve.host` is a wildcard or loopback; of the keys below only `replace`, `seed`, `loaders` and `loadWithoutRedoLog` count then).", orElse = "push") Feed feed,
        @Setting(value = "How changes are applied: `replay` gives the follower the leader's own row events, `sql` makes statements of them, `auto` takes replay where it is granted.", orElse = "auto") Apply apply,
        @Setting(value = "Whether Millrace may empty this server and seed it anew, at any time and without asking: at the first start, when the log no longer has what it needs, or when it has what a new leader lacks. Every schema on it is dropped, those that are not copied too, and its own binlog may be reset.", orElse = "false") boolean replace,
        @Setting(value = "How a new follower gets the leader's data: `snapshot` loads a stored snapshot; `clone` lets the follower copy the leader's files by MySQL's clone plugin, which is faster but replaces everything on it, accounts and all, and shuts it down at the end (MySQL with GTIDs, both 8.0.37 or later of one series or, from 8.0.17 on, exactly the same version; tables of InnoDB only; a leader that replicates from nobody; it has the leader's accounts afterwards, so that `user` must exist on the leader with the same password and grants; it connects to `leader.host` itself, as `leader.user`, who needs BACKUP_ADMIN).", orElse = "snapshot") Seed seed,
        @Setting(value = "Whether what is applied also goes into the follower's own binlog: `write` or `skip`. The leader's GTIDs are kept there one by one where it flushes at each commit (`sync_binlog` and `innodb_flush_log_at_trx_commit` 1), or with `skip` from MySQL 8.0.17 on.", orElse = "write") Binlog binlog,
        @Setting(value = "How many of the leader's transactions go into one of the follower's while it is behind.", orElse = "500", min = 1, max = 100000) int groupTransactions,
        @Setting(value = "The size at which such a group is closed; 64KiB to 64MiB.", orElse = "4MiB") ByteSize groupSize,
        @Setting(value = "How many connections apply transactions at once while the follower is behind; 1 applies them one after the other.", orElse = "4", min = 1, max = FollowerConfig.MOST_WORKERS) int workers,
        @Setting(value = "In which order workers commit: `preserve` means that of the leader, so that a reader of the follower never sees a later transaction without an earlier one; `relaxed` lets them overtake where they do not touch the same rows, until the follower is live.", orElse = "preserve") CommitOrder commitOrder,
        @Setting(value = "How many connections load the snapshot at once.", orElse = "4", min = 1, max = 64) int loaders,
        @Setting(value = "Whether the snapshot is loaded with InnoDB's redo log switched off (MySQL 8.0.21 and later), which is faster; a server that dies meanwhile does not start again and has to be set up anew. Only what Millrace loads is at risk: the follower is empty by then.", orElse = "false") boolean loadWithoutRedoLog)
        implements
            Checked {

    /** The most workers that a follower may have. */
    public static final int MOST_WORKERS = 64;

    /** In which order workers commit. */
    public enum CommitOrder {
        PRESERVE, RELAXED
    }

    /** How the follower is fed. */
    public enum Feed {
        PUSH, PULL
    }

    /** How a new follower gets the leader's data. */
    public enum Seed {
        SNAPSHOT, CLONE
    }

    /** How changes are applied. */
    public enum Apply {
        AUTO, REPLAY, SQL
    }

    /** Whether what is applied also goes into the follower's own binlog. */
    public enum Binlog {
        WRITE, SKIP
    }

    /** What it is called and where it is, as messages say it. */
    public String label() {
        return name + " (" + host + ":" + port + ")";
    }

    /** The same follower, with nothing of what is loaded going into its own binlog. */
    public FollowerConfig withoutBinlog() {
        return new FollowerConfig(name, host, port, user, password, tls, feed, apply, replace, seed, Binlog.SKIP, groupTransactions, groupSize,
                workers,
                commitOrder, loaders, loadWithoutRedoLog);
    }

    @Override
    public void check(Consumer<String> problems) {
        if (groupSize.bytes() < 64 * 1024 || groupSize.bytes() > 64L * 1024 * 1024) {
            problems.accept("groupSize must be 64KiB to 64MiB, was " + groupSize);
        }
    }
}
