package io.millrace.itest.bench;

import io.millrace.itest.server.DatabaseServer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What a follower has to catch up with: tables, and a procedure that runs transactions on them. Any thread. */
enum Backlog {
    /** One-row updates of random rows, which commit by themselves. */
    SMALL(1.0, "UPDATE t SET k = k + 1, c = REPEAT(CHAR(97 + i % 26), 100) WHERE id = 1 + (seed * 7919 + i * 31) % 100000"),
    /** As sysbench's oltp_insert: one row at the end of one of four tables. */
    OLTP_INSERT(1.0, perTable("INSERT INTO sbtest%d (k, c, pad) VALUES (FLOOR(RAND() * 100000), REPEAT(CHAR(97 + i %% 26), 120), REPEAT('p', 60))")),
    /** As sysbench's oltp_write_only: an indexed update, another update, a delete and an insert. */
    OLTP_WRITE_ONLY(0.4, perTable("""
            BEGIN
              SET @id = 1 + FLOOR(RAND() * 25000), @other = 1 + FLOOR(RAND() * 25000), @gone = 1 + FLOOR(RAND() * 25000);
              START TRANSACTION;
              UPDATE sbtest%1$d SET k = k + 1 WHERE id = @id;
              UPDATE sbtest%1$d SET c = REPEAT(CHAR(97 + i %% 26), 119) WHERE id = @other;
              DELETE FROM sbtest%1$d WHERE id = @gone;
              INSERT IGNORE INTO sbtest%1$d (id, k, c, pad) VALUES (@gone, i, REPEAT('c', 120), REPEAT('p', 60));
              COMMIT;
            END""")),
    /** In the manner of TPC-C: two orders of ten lines each to one payment. */
    TPCC(0.15, """
            BEGIN
              DECLARE line INT DEFAULT 0;
              SET @w = 1 + FLOOR(RAND() * 4), @d = 1 + FLOOR(RAND() * 10), @c = 1 + FLOOR(RAND() * 300);
              START TRANSACTION;
              IF i % 3 = 0 THEN
                UPDATE warehouse SET ytd = ytd + 10 WHERE id = @w;
                UPDATE district SET ytd = ytd + 10 WHERE w = @w AND id = @d;
                UPDATE customer SET balance = balance - 10, note = CONCAT(LEFT(note, 200), i) WHERE w = @w AND d = @d AND id = @c;
                INSERT INTO history VALUES (@w, @d, @c, NOW(), 10, 'twenty-four characters..');
              ELSE
                UPDATE district SET next_order = LAST_INSERT_ID(next_order) + 1 WHERE w = @w AND id = @d;
                SET @o = LAST_INSERT_ID();
                INSERT INTO orders VALUES (@w, @d, @o, @c, NOW(), 10);
                WHILE line < 10 DO
                  SET @i = 1 + FLOOR(RAND() * 10000);
                  UPDATE stock SET quantity = quantity - 1, ytd = ytd + 1 WHERE w = @w AND item = @i;
                  INSERT INTO order_line VALUES (@w, @d, @o, line, @i, 5, 12.34, 'twenty-four characters..');
                  SET line = line + 1;
                END WHILE;
              END IF;
              COMMIT;
            END"""),
    /** Updates of rows of 16 KiB, of which the log holds both images. */
    WIDE(0.15, "UPDATE wide SET n = n + 1, document = REPEAT(CHAR(97 + i % 26), 16000) WHERE id = 1 + (seed * 7919 + i * 31) % 2000"),
    /** Updates of the same hundred rows. */
    HOT(1.0, "UPDATE t SET k = k + 1 WHERE id = 1 + (seed * 7919 + i * 31) % 100"),
    /** Transactions of a thousand rows each of one table that is larger than the rest. */
    HUGE(0.01, "UPDATE huge SET v = v + 1 WHERE id BETWEEN 1 + (seed * 125 + i) % 1000 * 1000 AND (seed * 125 + i) % 1000 * 1000 + 1000"),
    /** One-row inserts and updates, spread over 200 small tables. */
    MANY(1.0, perTable(200, "INSERT INTO many%d VALUES (1 + FLOOR(RAND() * 500), i, 'many') ON DUPLICATE KEY UPDATE v = i"));

    private static final int WRITERS = 8;

    private final double share;
    private final String transaction;

    Backlog(double share, String transaction) {
        this.share = share;
        this.transaction = transaction;
    }

    /** As the table calls it. */
    String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** How many transactions of this kind take about as long as so many small ones. */
    int like(int small) {
        return Math.max(WRITERS, (int) (small * share)) / WRITERS * WRITERS;
    }

    private static String perTable(String statement) {
        return perTable(4, statement);
    }

    private static String perTable(int tables, String statement) {
        StringBuilder all = new StringBuilder("CASE (seed + i) % " + tables);
        for (int table = 0; table < tables; table++) {
            all.append(" WHEN ").append(table).append(" THEN ").append(String.format(Locale.ROOT, statement, table)).append(';');
        }
        return all.append(" END CASE").toString();
    }

    /** Makes the tables of some of them, and their procedures. */
    static void prepare(DatabaseServer leader, Set<Backlog> wanted) throws SQLException, InterruptedException {
        List<String> statements = new ArrayList<>(List.of("CREATE DATABASE sb", "USE sb", "SET SESSION cte_max_recursion_depth = 2000000",
                "SET SESSION sql_log_bin = 0", "CREATE TABLE numbers (n INT PRIMARY KEY)",
                "INSERT INTO numbers WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 1000000) SELECT n FROM s",
                "SET SESSION sql_log_bin = 1"));
        wanted.stream().flatMap(backlog -> backlog.tables().stream()).distinct().forEach(statements::add);
        for (Backlog backlog : wanted) {
            statements.add("CREATE PROCEDURE run_" + backlog + "(seed INT, n INT) BEGIN DECLARE i INT DEFAULT 0;"
                    + " DECLARE CONTINUE HANDLER FOR 1213, 1205 ROLLBACK; WHILE i < n DO " + backlog.transaction
                    + "; SET i = i + 1; END WHILE; END");
        }
        statements.addAll(List.of("SET SESSION sql_log_bin = 0", "DROP TABLE numbers"));
        quickly(leader, () -> leader.execute(statements.toArray(new String[0])));
    }

    private List<String> tables() {
        return switch (this) {
            case SMALL, HOT -> List.of("CREATE TABLE t (id INT PRIMARY KEY, k INT NOT NULL, c CHAR(120), KEY (k))",
                    "INSERT INTO t SELECT n, n, REPEAT('x', 100) FROM numbers WHERE n <= 100000");
            case OLTP_INSERT, OLTP_WRITE_ONLY -> each(4, "CREATE TABLE sbtest%d"
                    + " (id INT PRIMARY KEY AUTO_INCREMENT, k INT NOT NULL, c CHAR(120) NOT NULL, pad CHAR(60) NOT NULL, KEY k (k))",
                    "INSERT INTO sbtest%d SELECT n, n, REPEAT('x', 119), REPEAT('y', 59) FROM numbers WHERE n <= 25000");
            case TPCC -> List.of("CREATE TABLE warehouse (id INT PRIMARY KEY, ytd DECIMAL(12, 2))",
                    "CREATE TABLE district (w INT, id INT, ytd DECIMAL(12, 2), next_order INT, PRIMARY KEY (w, id))",
                    "CREATE TABLE customer (w INT, d INT, id INT, balance DECIMAL(12, 2), note VARCHAR(500), PRIMARY KEY (w, d, id))",
                    "CREATE TABLE history (w INT, d INT, c INT, at DATETIME, amount DECIMAL(6, 2), data VARCHAR(24), KEY (w, d))",
                    "CREATE TABLE orders (w INT, d INT, id INT, c INT, at DATETIME, line_count INT, PRIMARY KEY (w, d, id), KEY (w, d, c))",
                    "CREATE TABLE order_line (w INT, d INT, o INT, number INT, item INT, quantity INT, amount DECIMAL(6, 2), info CHAR(24),"
                            + " PRIMARY KEY (w, d, o, number))",
                    "CREATE TABLE stock (w INT, item INT, quantity INT, ytd INT, data VARCHAR(50), PRIMARY KEY (w, item))",
                    "INSERT INTO warehouse SELECT n, 0 FROM numbers WHERE n <= 4",
                    "INSERT INTO district SELECT w.id, n, 0, 1 FROM warehouse w, numbers WHERE n <= 10",
                    "INSERT INTO customer SELECT w, id, n, 0, REPEAT('n', 250) FROM district, numbers WHERE n <= 300",
                    "INSERT INTO stock SELECT w.id, n, 50, 0, REPEAT('s', 40) FROM warehouse w, numbers WHERE n <= 10000");
            case WIDE -> List.of("CREATE TABLE wide (id INT PRIMARY KEY, n INT NOT NULL, document MEDIUMTEXT)",
                    "INSERT INTO wide SELECT n, n, REPEAT('w', 16000) FROM numbers WHERE n <= 2000");
            case HUGE -> List.of("CREATE TABLE huge (id INT PRIMARY KEY, v INT NOT NULL, c CHAR(60) NOT NULL)",
                    "INSERT INTO huge SELECT n, n, 'huge' FROM numbers");
            case MANY -> each(200, "CREATE TABLE many%d (id INT PRIMARY KEY, v INT, c VARCHAR(20))");
        };
    }

    private static List<String> each(int tables, String... statements) {
        return IntStream.range(0, tables).boxed().flatMap(table -> Stream.of(statements).map(text -> String.format(Locale.ROOT, text, table)))
                .toList();
    }

    /** Writes transactions into the leader's log, by eight sessions at once. */
    void write(DatabaseServer leader, int transactions) throws SQLException, InterruptedException {
        AtomicReference<SQLException> failure = new AtomicReference<>();
        quickly(leader, () -> {
            List<Thread> threads = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                String call = "CALL sb.run_" + this + "(" + writer + ", " + transactions / WRITERS + ")";
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        leader.execute("SET SESSION innodb_lock_wait_timeout = 600", call);
                    } catch (SQLException e) {
                        failure.compareAndSet(null, e);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        });
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    /** What is done meanwhile. */
    interface Writing {
        void run() throws SQLException, InterruptedException;
    }

    /** The speed of writing is not measured, so it need not be durable. */
    static void quickly(DatabaseServer leader, Writing writing) throws SQLException, InterruptedException {
        leader.execute("SET GLOBAL sync_binlog = 0, GLOBAL innodb_flush_log_at_trx_commit = 2");
        writing.run();
        leader.execute("SET GLOBAL sync_binlog = 1, GLOBAL innodb_flush_log_at_trx_commit = 1");
    }
}
