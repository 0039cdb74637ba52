package io.millrace.itest.workload;

import io.millrace.itest.server.DatabaseServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Several writers that insert, update, delete, move primary keys, write tables without keys, and now and then change a table's
 * definition. Every transaction also counts itself in {@code shop.counter}, which shows a transaction that was applied twice or not at
 * all. One thread starts and stops.
 */
public final class MixedWorkload implements AutoCloseable {
    private static final int KEYS = 500;
    private static final int FLAGS = 3;

    private final DatabaseServer server;
    private final Options options;
    private final List<Thread> writers = new ArrayList<>();
    private final AtomicLong transactions = new AtomicLong();
    private final AtomicReference<SQLException> failure = new AtomicReference<>();
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
    private volatile boolean stopping;

    /**
     * What the load is made of.
     *
     * @param pauseMillis between two transactions of a writer
     * @param tolerant whether a lost server is waited for
     */
    public record Options(int writers, int pauseMillis, Set<Extra> extras, boolean tolerant) {
        public Options {
            extras = Set.copyOf(extras);
        }
    }

    /** What a load may hold beside changes of rows by their primary keys. */
    public enum Extra {
        /** Changes of tables without a key. */
        KEYLESS,
        /** Now and then a change of a definition. */
        DDL,
        /** Transactions in two phases. */
        XA,
        /** JSON documents, updated in part where the server logs that. */
        DOCUMENTS,
        /** Half of the transactions only change a few rows to what they were before the change before: A, B, A. */
        BACK_AGAIN,
        /** Half of the transactions only insert and delete rows whose keys are computed, or end in zeros that no log has. */
        ODD_KEYS
    }

    public MixedWorkload(DatabaseServer server, Options options) {
        this.server = server;
        this.options = options;
    }

    /** Makes the tables and puts rows into them. */
    public MixedWorkload prepare() throws SQLException {
        server.execute("CREATE DATABASE IF NOT EXISTS shop", "CREATE DATABASE IF NOT EXISTS audit",
                "CREATE TABLE shop.item (id INT PRIMARY KEY, name VARCHAR(60) NOT NULL, price DECIMAL(12,3), n INT NOT NULL DEFAULT 0,"
                        + " changed TIMESTAMP(6) NULL, body TEXT, KEY (name)) CHARACTER SET utf8mb4",
                "CREATE TABLE shop.counter (writer INT PRIMARY KEY, n BIGINT NOT NULL)",
                "CREATE TABLE audit.entry (id BIGINT AUTO_INCREMENT PRIMARY KEY, writer INT NOT NULL, what VARBINARY(80), at DATETIME(3) NOT NULL)",
                "CREATE TABLE audit.plain (writer INT NOT NULL, what VARCHAR(80), n INT)");
        server.execute("CREATE TABLE shop.flag (id INT PRIMARY KEY, up INT NOT NULL)", "INSERT INTO shop.flag VALUES (0, 0), (1, 0), (2, 1)");
        server.execute("CREATE TABLE shop.document (id INT PRIMARY KEY, d JSON)",
                "INSERT INTO shop.document SELECT id, JSON_OBJECT('n', 0, 'text', REPEAT('z', 200)) FROM"
                        + " (SELECT 0 id UNION SELECT 2 UNION SELECT 4 UNION SELECT 6 UNION SELECT 8 UNION SELECT 10) ids");
        if (options.extras().contains(Extra.ODD_KEYS)) {
            server.execute("CREATE TABLE shop.code (id BINARY(4) PRIMARY KEY, n INT)",
                    "CREATE TABLE shop.computed (n INT, id INT GENERATED ALWAYS AS (n * 2) STORED NOT NULL PRIMARY KEY)");
        }
        StringBuilder rows = new StringBuilder("INSERT INTO shop.item (id, name, price, body) VALUES ");
        for (int i = 0; i < KEYS; i++) {
            rows.append(i == 0 ? "" : ",").append("(").append(i * 2).append(",'item ").append(i).append(" ü',").append(i).append(".125,REPEAT('x',")
                    .append(i % 300).append("))");
        }
        server.execute(rows.toString());
        for (int i = 0; i < options.writers(); i++) {
            server.execute("INSERT INTO shop.counter VALUES (" + i + ", 0)");
        }
        return this;
    }

    /** Lets the writers go. */
    public MixedWorkload start() {
        for (int i = 0; i < options.writers(); i++) {
            int writer = i;
            writers.add(Thread.ofPlatform().name("writer-" + i).start(() -> writeUntilStopped(writer)));
        }
        return this;
    }

    /** Transactions that were committed. */
    public long transactions() {
        return transactions.get();
    }

    private void writeUntilStopped(int writer) {
        Random random = new Random(42L + writer);
        while (!stopping) {
            try (Connection connection = server.connect(); Statement statement = connection.createStatement()) {
                if (options.extras().contains(Extra.XA)) {
                    commitWhatWasPrepared(statement, writer);
                }
                connection.setAutoCommit(false);
                if (options.extras().contains(Extra.DOCUMENTS)) {
                    statement.execute("SET SESSION binlog_row_value_options = 'PARTIAL_JSON'");
                }
                while (!stopping) {
                    writeOnce(connection, statement, writer, random);
                }
            } catch (SQLException e) {
                if (!options.tolerant() && !stopping) {
                    failure.compareAndSet(null, e);
                    return;
                }
                pause(20);
            }
        }
    }

    /** Waits until so many more transactions were committed. */
    public void awaitTransactions(long more) throws InterruptedException, SQLException {
        long wanted = transactions() + more;
        while (transactions() < wanted) {
            SQLException failed = failure.get();
            if (failed != null) {
                throw failed;
            }
            Thread.sleep(10);
        }
    }

    /** Lets every writer finish its transaction and wait. */
    public void pause() {
        gate.writeLock().lock();
    }

    /** Lets the writers go on; the thread that paused them calls it. */
    public void resume() {
        gate.writeLock().unlock();
    }

    private void writeOnce(Connection connection, Statement statement, int writer, Random random) throws SQLException {
        gate.readLock().lock();
        try {
            if (options.extras().contains(Extra.BACK_AGAIN) && random.nextBoolean()) {
                statement.execute("UPDATE shop.flag SET up = 1 - up WHERE id = " + random.nextInt(FLAGS));
            } else if (options.extras().contains(Extra.ODD_KEYS) && random.nextBoolean()) {
                statement.execute(oddKey(random));
            } else {
                for (String sql : transaction(writer, random)) {
                    statement.execute(sql);
                }
                statement.execute("UPDATE shop.counter SET n = n + 1 WHERE writer = " + writer);
            }
            connection.commit();
            transactions.incrementAndGet();
        } catch (SQLException e) {
            if (e.getErrorCode() != 1213 && e.getErrorCode() != 1205 && e.getErrorCode() != 1062 && e.getErrorCode() != 1060) {
                throw e;
            }
            connection.rollback();
        } finally {
            gate.readLock().unlock();
        }
        if (options.pauseMillis() > 0) {
            pause(options.pauseMillis());
        }
    }

    private static String oddKey(Random random) {
        int n = random.nextInt(12);
        return switch (random.nextInt(4)) {
            case 0 -> "INSERT IGNORE INTO shop.code VALUES (x'0" + Integer.toHexString(n) + "', " + n + ")";
            case 1 -> "DELETE FROM shop.code WHERE id = x'0" + Integer.toHexString(n) + "000000'";
            case 2 -> "INSERT IGNORE INTO shop.computed (n) VALUES (" + n + ")";
            default -> "DELETE FROM shop.computed WHERE id = " + n * 2;
        };
    }

    private List<String> transaction(int writer, Random random) {
        int id = random.nextInt(KEYS) * 2;
        int other = random.nextInt(KEYS) * 2;
        return switch (random.nextInt(options.extras().contains(Extra.DDL) && writer == 0 ? 60 : 10)) {
            case 0 -> List.of("DELETE FROM shop.item WHERE id = " + id);
            case 1, 2 -> List.of("REPLACE INTO shop.item (id, name, price, n, changed, body) VALUES (" + id + ", CONCAT('néw ', " + random.nextInt(99)
                    + "), " + random.nextInt(10000) + ".5, " + random.nextInt(5) + ", NOW(6), REPEAT('y', " + random.nextInt(400) + "))");
            case 3 -> List.of("UPDATE shop.item SET id = id + 1 WHERE id = " + id, "UPDATE shop.item SET n = n + 1 WHERE id = " + other);
            case 4 -> List.of("UPDATE shop.item SET id = id - 1 WHERE id = " + (id + 1));
            case 5 -> options.extras().contains(Extra.KEYLESS)
                    ? List.of("INSERT INTO audit.plain VALUES (" + writer + ", 'same', 1), (" + writer + ", NULL, " + random.nextInt(50) + ")")
                    : List.of();
            case 6 -> options.extras().contains(Extra.KEYLESS) ? List.of("DELETE FROM audit.plain WHERE writer = " + writer + " LIMIT 1") : List.of();
            case 7 -> List.of("UPDATE shop.item SET n = 1 - n WHERE id < 20", "UPDATE shop.item SET n = 1 - n WHERE id < 20 AND id > 3");
            case 8 -> twoPhases(writer, id);
            case 9 -> List.of("UPDATE shop.document SET d = JSON_SET(d, '$.n', " + random.nextInt(3) + ") WHERE id = " + id % 20,
                    "UPDATE shop.item SET n = n + 1 WHERE id = " + id);
            case 40 -> List.of("ALTER TABLE audit.entry ADD COLUMN extra_" + random.nextInt(30) + " INT DEFAULT 7");
            case 41 -> List.of("CREATE TABLE IF NOT EXISTS audit.made_" + random.nextInt(20) + " (id INT PRIMARY KEY, v JSON)");
            case 42 -> List.of("CREATE OR REPLACE VIEW shop.cheap AS SELECT id, name FROM shop.item WHERE price < " + random.nextInt(100));
            default -> List.of("INSERT INTO audit.entry (writer, what, at) VALUES (" + writer + ", x'00ff5c270a09', NOW(3))",
                    "UPDATE shop.item SET n = n + 1, changed = NOW(6) WHERE id = " + id);
        };
    }

    /** A transaction whose writer was lost between the phases would keep its rows locked for ever. */
    private static void commitWhatWasPrepared(Statement statement, int writer) throws SQLException {
        List<String> prepared = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery("XA RECOVER")) {
            while (rows.next()) {
                prepared.add(rows.getString("data"));
            }
        }
        if (prepared.contains("writer " + writer)) {
            statement.execute("XA COMMIT 'writer " + writer + "'");
        }
    }

    /** The second phase comes after the rows of others. */
    private List<String> twoPhases(int writer, int id) {
        String change = "UPDATE shop.item SET n = n + 10 WHERE id = " + id;
        String xid = "'writer " + writer + "'";
        return options.extras().contains(Extra.XA)
                ? List.of("XA START " + xid, change, "XA END " + xid, "XA PREPARE " + xid, "DO SLEEP(0.002)", "XA COMMIT " + xid)
                : List.of(change);
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops the writers and waits for their last commit. */
    public void stop() throws SQLException {
        if (gate.isWriteLockedByCurrentThread()) {
            resume(); // Whoever failed while they paused would wait for them, and they for it.
        }
        stopping = true;
        for (Thread writer : writers) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    @Override
    public void close() throws SQLException {
        stop();
    }
}
