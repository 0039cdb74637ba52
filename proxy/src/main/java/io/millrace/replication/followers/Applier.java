package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.Gtid;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.FormatDescription;
import io.millrace.binlog.event.GtidEventReader;
import io.millrace.binlog.event.MariaDbGtidFlags;
import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.compressed.TransactionPayloadReader;
import io.millrace.binlog.event.TableStatement;
import io.millrace.binlog.event.TransactionScanner;
import io.millrace.binlog.xa.XaEnd;
import io.millrace.binlog.xa.XaPrepareEvent;
import io.millrace.binlog.compressed.CompressedEvents;
import io.millrace.follower.Checkpoint;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import io.millrace.replication.workers.BacklogApplier;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Applies the relay log to one follower. While it is behind, many transactions of the leader go into one of the follower; when it is
 * live, each has its own and keeps its GTID. One thread.
 */
final class Applier implements AutoCloseable {
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final long SAVE_NANOS = Duration.ofSeconds(10).toNanos();

    private final RelayLog log;
    private final FollowerSession session;
    private final BacklogApplier.Settings limits;
    private final ApplierProgress progress;
    private final TransactionScanner scanner = new TransactionScanner();
    private final Liveness liveness = new Liveness(System::nanoTime);
    private final ApplyGroup group;
    private final BacklogApplier backlog;
    private final RelayLogReader reader;

    private Optional<BinlogEvent> format = Optional.empty();
    private BinlogCoordinates transactionStart;
    private Optional<Gtid> gtid = Optional.empty();
    private boolean xa;
    private boolean skipping;
    private boolean open;
    private boolean single;
    private boolean whole;
    private boolean touched;
    private boolean kept;
    private boolean rolledBack;
    private final Retries retries;
    private long savedAt = System.nanoTime();

    /** @param start where to begin, and what was applied before */
    Applier(RelayLog log, FollowerSession session, Checkpoint start, BacklogApplier.Settings limits, ApplierProgress progress)
            throws RelayLogException {
        this.log = log;
        this.session = session;
        this.limits = limits;
        this.progress = progress;
        this.group = new ApplyGroup(start);
        this.backlog = new BacklogApplier(session, limits, progress);
        this.reader = log.read(start.coordinates());
        this.transactionStart = reader.position();
        this.retries = new Retries(transactionStart);
        progress.startedAt(start);
    }

    /** Applies until something fails or the thread is interrupted. */
    void run(Runnable onCaughtUp) throws FollowerException, RelayLogException, InterruptedException {
        while (true) {
            try {
                step(onCaughtUp);
            } catch (FollowerException.Conflict e) {
                retry(e);
            } catch (FollowerException.Rejected e) {
                throw Refused.between(e, group.checkpoint(), reader.position(), session.rollsBackAll());
            }
        }
    }

    private void step(Runnable onCaughtUp) throws FollowerException, RelayLogException, InterruptedException {
        if (group.isEmpty() && !open && scanner.isOutside() && backlog.isWorthwhile(reader)) {
            applyBacklog();
        }
        Optional<BinlogEvent> event = reader.poll();
        if (event.isEmpty()) {
            if (!scanner.isOutside()) {
                throw new IllegalStateException("the log ends inside a transaction at " + reader.position() + ": readers must never see that");
            }
            commit();
            progress.reached(group.checkpoint());
            onCaughtUp.run();
            saveNowAndThen();
            backlog.rest();
            event = reader.next(IDLE);
            liveness.caughtUp();
        }
        if (event.isPresent()) {
            accept(event.get());
        }
    }

    /** Until there is little left, or the next transaction must be applied alone, as what follows here does. */
    private void applyBacklog() throws FollowerException, RelayLogException, InterruptedException {
        Checkpoint reached;
        try {
            reached = backlog.run(reader, group.reached());
        } catch (FollowerException.Conflict e) {
            // What others have committed behind it this session does not know: the next one reads it from the follower.
            throw new FollowerException.Unreachable(String.valueOf(e.getMessage()), e);
        }
        group.reach(reached);
        transactionStart = reached.coordinates();
    }

    private void retry(FollowerException.Conflict conflict) throws FollowerException, RelayLogException, InterruptedException {
        retries.again(conflict, transactionStart);
        session.rollback();
        Thread.sleep(retries.pause());
        forgetOpen();
        group.rolledBack();
        scanner.reset();
        reader.seek(group.checkpoint());
    }

    private void accept(BinlogEvent event) throws FollowerException, RelayLogException {
        setFormat();
        boolean wasOutside = scanner.isOutside();
        TransactionScanner.Step step = scanner.accept(event.header(), event.body());
        if (step == TransactionScanner.Step.OUTSIDE) {
            skipped();
            return;
        }
        if (wasOutside || EventType.isGtid(event.type())) {
            beginTransaction(event);
        }
        if (skipping) {
            group.forgetEndedXa(CompressedEvents.plain(event));
        } else {
            applyEvent(CompressedEvents.plain(event), step);
        }
        if (step == TransactionScanner.Step.END) {
            endTransaction();
        }
    }

    private void setFormat() throws FollowerException {
        Optional<BinlogEvent> current = reader.format();
        if (current.isEmpty() || current.equals(format)) {
            return;
        }
        FormatDescription next = FormatDescription.read(current.get().bytes());
        if (format.isEmpty() || !next.equals(FormatDescription.read(format.get().bytes()))) {
            commit();
            session.format(current.get());
        } else {
            session.newFile();
        }
        format = current;
    }

    private void beginTransaction(BinlogEvent event) throws FollowerException {
        transactionStart = reader.position().at(reader.position().position() - event.header().length());
        touched = false;
        goAlone(retries.isAlone(transactionStart));
        gtid = GtidEventReader.read(event);
        skipping = gtid.isPresent() && group.isApplied(gtid.get());
        xa = event.type() == EventType.MARIADB_GTID && MariaDbGtidFlags.read(event.body()).isPreparedXa();
    }

    private void applyEvent(BinlogEvent event, TransactionScanner.Step step) throws FollowerException, RelayLogException {
        switch (event.type()) {
            case EventType.QUERY -> query(event, step);
            case EventType.TRANSACTION_PAYLOAD -> payload(event);
            case EventType.XA_PREPARE -> xaPrepare(event);
            case EventType.INTVAR, EventType.RAND, EventType.USER_VAR -> session.apply(event);
            case EventType.EXECUTE_LOAD_QUERY -> load(event);
            case EventType.INCIDENT ->
                throw Refused.incident(event.type(), reader.position());
            default -> {
                if ((event.type() == EventType.TABLE_MAP || EventType.isRows(event.type())) && !xa) {
                    openFor(event);
                    session.apply(event);
                    touched = true;
                }
            }
        }
    }

    private void query(BinlogEvent event, TransactionScanner.Step step) throws FollowerException, RelayLogException {
        String sql = QueryEvent.read(event.body()).latin1();
        String head = sql.substring(0, Math.min(sql.length(), 16)).toUpperCase(Locale.ROOT);
        if (head.equals("BEGIN") || head.equals("COMMIT") || head.equals("ROLLBACK") || head.startsWith("XA END")) {
            if (head.equals("ROLLBACK") && open) {
                beAlone(true);
                rolledBack = true;
            }
            return;
        }
        Optional<XaEnd> ended = XaEnd.read(sql);
        if (head.startsWith("XA START")) {
            xa = true;
        } else if (ended.isPresent() && ended.get().commit()) {
            applyPrepared(ended.get().xid());
        } else if (ended.isPresent()) {
            openGroup(); // As above.
            group.preparedXa().remove(ended.get().xid());
        } else if (step == TransactionScanner.Step.END) {
            statement(event);
        } else if (!xa && TableStatement.definitionOfFilled(sql).isPresent()) {
            createFilled(event, TableStatement.definitionOfFilled(sql).get());
        } else if (xa && !PreparedRows.isOfSavepoint(head)) {
            throw Refused.statementInXa(reader.position());
        } else if (!xa) {
            beAlone(touched && !PreparedRows.isOfSavepoint(head)); // Nobody can tell whether all that it changes can be rolled back.
            openAlone();
            session.apply(event);
            touched = true;
        }
    }

    /** What a rollback takes with it, or leaves, must not be others': it is tried again by itself. */
    private void beAlone(boolean wanted) throws FollowerException {
        if (wanted && !group.isEmpty()) {
            throw retries.mustGoAlone(transactionStart);
        }
        single |= wanted;
    }

    /** The server commits when it has made the table, so that comes before the rows, which go by themselves. */
    private void createFilled(BinlogEvent event, String definition) throws FollowerException {
        commit();
        session.prelude(event, definition, reader.position());
        single = true;
        openGroup(Optional.empty());
    }

    /** Nobody can tell from a statement whether all that it changes can be rolled back. */
    private void openAlone() throws FollowerException {
        goAlone(!touched);
        openGroup();
    }

    private void goAlone(boolean wanted) throws FollowerException {
        if (wanted) {
            commit();
            single = true;
        }
    }

    private void statement(BinlogEvent event) throws FollowerException {
        commit();
        group.add(gtid, reader.position());
        session.statement(event, gtid, group.reached());
        committed();
        skipping = true; // It is done; its end needs no more.
    }

    private void load(BinlogEvent event) throws FollowerException, RelayLogException {
        if (xa) {
            throw Refused.statementInXa(reader.position());
        }
        beAlone(touched);
        openAlone();
        LoggedFile.load(log, transactionStart, event, session);
        touched = true;
    }

    private void payload(BinlogEvent event) throws FollowerException, RelayLogException {
        try (TransactionPayloadReader payload = new TransactionPayloadReader(event)) {
            for (Optional<BinlogEvent> inner = payload.next(); inner.isPresent(); inner = payload.next()) {
                applyEvent(inner.get(), TransactionScanner.Step.INSIDE);
            }
        } catch (IOException e) {
            throw Refused.damaged(reader.position(), e);
        }
    }

    /** The rows of a prepared transaction wait in the relay log until its commit, so that no lock is held on the follower. */
    private void xaPrepare(BinlogEvent event) throws FollowerException, RelayLogException {
        XaPrepareEvent prepared = XaPrepareEvent.read(event.body());
        if (prepared.onePhase()) {
            openGroup();
            new PreparedRows(log, session).apply(transactionStart);
        } else {
            group.preparedXa().put(prepared.xid(), transactionStart);
        }
    }

    private void applyPrepared(String xid) throws FollowerException, RelayLogException {
        BinlogCoordinates prepared = group.prepared(xid, reader.position());
        openGroup(); // While it still counts as prepared: its end is saved with the checkpoint, and not by a GTID alone.
        group.preparedXa().remove(xid);
        new PreparedRows(log, session).apply(prepared);
    }

    /** Changes of a table that cannot be rolled back go by themselves: who repeats a group must not repeat them. */
    private void openFor(BinlogEvent event) throws FollowerException {
        boolean stays = event.type() == EventType.TABLE_MAP && !touched && !session.rollsBack(event);
        goAlone(stays);
        whole |= stays;
        openGroup();
    }

    private void openGroup() throws FollowerException {
        if (!open) {
            boolean alone = single || retries.isSingle(transactionStart) || liveness.isLive(reader.bytesBehind());
            boolean keep = alone && group.preparedXa().isEmpty() && (!whole || session.sendsWhole());
            openGroup(keep ? gtid.filter(session::keepsGtid) : Optional.empty());
        }
    }

    private void openGroup(Optional<Gtid> under) throws FollowerException {
        session.begin(under, whole);
        open = true;
        kept = under.isPresent();
        single |= under.isPresent();
    }

    private void endTransaction() throws FollowerException {
        if (skipping) {
            skipping = false;
            skipped();
            return;
        }
        if (!xa) {
            openGroup(); // An empty transaction is one too: the follower remembers its GTID.
        }
        group.add(gtid, reader.position());
        if (single || group.transactions() >= limits.groupTransactions() || group.isLongerThan(limits.groupBytes())) {
            commit();
        }
    }

    private void skipped() {
        if (!open) {
            group.skipTo(reader.position());
        }
    }

    private void commit() throws FollowerException {
        if (group.isEmpty()) {
            return;
        }
        if (open && rolledBack) {
            session.rollBackAsLogged(group.reached());
        } else if (open) {
            session.commit(group.reached());
        } else {
            session.save(group.reached()); // Only prepared XA transactions: nothing but the place changed.
        }
        committed();
    }

    private void committed() throws FollowerException {
        int transactions = group.committed();
        retries.over();
        progress.committed(group.checkpoint(), transactions);
        if (!kept) {
            saved();
        }
        forgetOpen();
        saveNowAndThen();
    }

    private void forgetOpen() {
        open = false;
        single = false;
        whole = false;
        kept = false;
        rolledBack = false;
    }

    /** Transactions that keep their GTID leave the saved coordinates behind; now and then these are brought forward. */
    private void saveNowAndThen() throws FollowerException {
        if (System.nanoTime() - savedAt > SAVE_NANOS) {
            session.save(group.reached());
            saved();
        }
    }

    private void saved() {
        savedAt = System.nanoTime();
        progress.saved(group.oldest());
    }

    @Override
    public void close() throws RelayLogException {
        backlog.close();
        reader.close();
    }
}
