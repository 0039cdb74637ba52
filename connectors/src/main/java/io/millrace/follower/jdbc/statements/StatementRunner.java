package io.millrace.follower.jdbc.statements;

import com.mysql.cj.jdbc.JdbcStatement;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventHeader;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.ExecuteLoadEvent;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.event.SessionVariables;
import io.millrace.connection.ServerVersion;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Runs the leader's statements as an applier thread would, byte for byte and in the leader's session. One thread. */
public final class StatementRunner {
    /** What says that DDL has been done already: exists, is gone, is a duplicate. */
    private static final Set<Integer> DONE_ALREADY = Set.of(1007, 1008, 1050, 1051, 1054, 1060, 1061, 1068, 1091, 1146, 1176, 1304, 1305, 1359, 1360,
            1396, 1505, 1507, 1517, 1537, 1539, 1826, 3822, 3940);
    /** A lock or a deadlock of the leader's, which need not come here. */
    private static final Set<Integer> OF_THE_MOMENT = Set.of(1205, 1213);
    private static final int LAST_INSERT_ID = 1;
    /** Of no server: replication's own errors begin there. */
    private static final int FAILED_THERE_ALONE = 13_114;
    /** A schema that is unknown, or denied. */
    private static final Set<Integer> NOT_THERE = Set.of(1049, 1044);
    private static final int PERHAPS_DONE = 13_115;

    private final StatementContext context;
    private final Statement statement;
    private final List<String> variables = new ArrayList<>();
    private final Introducers introducers;
    /** Whether the session is where the next statement ran. */
    private boolean used;
    private boolean uca;

    public StatementRunner(StatementContext context, Statement statement) {
        this.context = context;
        this.statement = statement;
        this.introducers = new Introducers(statement);
    }

    /** Tells whose log the next statements come from. */
    public void format(FormatDescription format) {
        uca = format.isMariaDb() && ServerVersion.parse(format.serverVersion()).atLeast(11, 5, 0);
    }

    /** Keeps a value that the next statement depends on. */
    public void variable(BinlogEvent event) throws SQLException {
        ByteBuffer body = event.body();
        switch (event.type()) {
            case EventType.INTVAR -> variables
                    .add((body.get(0) == LAST_INSERT_ID ? "last_insert_id = " : "insert_id = ") + Long.toUnsignedString(body.getLong(1)));
            case EventType.RAND -> variables.add("rand_seed1 = " + Long.toUnsignedString(body.getLong(0)) + ", rand_seed2 = "
                    + Long.toUnsignedString(body.getLong(8)));
            default -> {
                UserVariable variable = UserVariable.read(body);
                variables.add(variable.assignment(variable.isText() ? introducers.of(variable.collation()) : ""));
            }
        }
    }

    /** The statement that they were for is not run. */
    public void forgetVariables() {
        variables.clear();
    }

    /** Runs a statement of a transaction; one that failed on the leader, after rows that cannot be rolled back, fails here too. */
    public void inTransaction(QueryEvent event, EventHeader header) throws SQLException {
        try {
            run(event, header, event.latin1());
        } catch (SQLException e) {
            if (!failedOnLeaderToo(event, e)) {
                throw e;
            }
            return;
        }
        if (event.errorCode() != 0 && !OF_THE_MOMENT.contains(event.errorCode())) {
            throw new SQLException("the leader's statement failed there with error " + event.errorCode() + " after it had changed rows that cannot be"
                    + " rolled back, and did not fail here: nobody can tell which rows it changed there. Compare its tables, mend them, and seed"
                    + " the follower again", "HY000", FAILED_THERE_ALONE);
        }
    }

    private static boolean failedOnLeaderToo(QueryEvent event, SQLException e) {
        return event.errorCode() != 0 && event.errorCode() == e.getErrorCode();
    }

    public void load(ExecuteLoadEvent event, EventHeader header, InputStream file) throws SQLException {
        statement.unwrap(JdbcStatement.class).setLocalInfileInputStream(file);
        // The comment keeps the driver from taking the text for one that it must encode in the platform's character set.
        run(event.query(), header, "/* log */ " + event.withLocalFile());
    }

    /**
     * Runs a statement that commits by itself.
     *
     * @param perhapsDone whether it may have been run before a crash
     * @return whether it ran to its end; otherwise it failed as on the leader, or says that it was done before
     */
    public boolean alone(QueryEvent event, EventHeader header, String sql, boolean perhapsDone) throws SQLException {
        if (perhapsDone && RepeatedStatement.undoesItself(sql)) {
            throw new SQLException("it is not known whether this was done before a crash, and a second time would undo or double it: look whether the"
                    + " follower has it; if so, undo it there; then UPDATE millrace.checkpoint SET pending = '' on it, and start Millrace again",
                    "HY000", PERHAPS_DONE);
        }
        try {
            run(event, header, sql);
            return true;
        } catch (SQLException e) {
            if (!failedOnLeaderToo(event, e) && !(perhapsDone && DONE_ALREADY.contains(e.getErrorCode()))) {
                throw e;
            }
            return false;
        }
    }

    private void run(QueryEvent event, EventHeader header, String sql) throws SQLException {
        if (!used) {
            use(event, header);
        }
        used = false;
        statement.execute(context.of(event, header.timestamp(), uca));
        if (!variables.isEmpty()) {
            statement.execute("SET " + String.join(", ", variables));
            variables.clear();
        }
        try {
            statement.execute(EventStatement.asOfReplica(sql, context.disabledEvent(), event.context().values().get(SessionVariables.INVOKER)));
        } finally {
            statement.execute(context.after(event));
        }
    }

    /**
     * Goes to the schema of the session that a statement ran in. It may be one that is not copied, not granted or gone: whatever names its tables in
     * full does not need it.
     */
    public void use(QueryEvent event, EventHeader header) throws SQLException {
        used = true;
        if (event.schema().isEmpty() || (header.flags() & EventHeader.SUPPRESS_USE) != 0) {
            return;
        }
        try {
            statement.execute("USE `" + latin1(event.schema().replace("`", "``")) + "`");
        } catch (SQLException e) {
            if (!NOT_THERE.contains(e.getErrorCode())) {
                throw e;
            }
            statement.execute("USE information_schema"); // Not that of the statement before.
        }
    }

    /** The connection sends one byte a character; identifiers of ours are in UTF-8 only in the leader's own statements. */
    private static String latin1(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }
}
