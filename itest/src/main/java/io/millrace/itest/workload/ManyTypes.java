package io.millrace.itest.workload;

import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.ServerKind;
import java.sql.SQLException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tables and statements with every column type, character set, kind of key and odd value that a server has. */
public final class ManyTypes {
    private static final String MODE = "SET SESSION sql_mode = 'ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO'";

    private final DatabaseServer server;

    public ManyTypes(DatabaseServer server) {
        this.server = server;
    }

    /** Makes the tables. */
    public ManyTypes prepare() throws SQLException {
        boolean mariaDb = server.kind().isMariaDb();
        server.execute("CREATE USER early@localhost", "CREATE DATABASE types CHARACTER SET latin1", "CREATE DATABASE `odd ``name ü`",
                "CREATE TABLE types.numbers (id INT PRIMARY KEY, a TINYINT, b TINYINT UNSIGNED, c SMALLINT UNSIGNED, d MEDIUMINT, e MEDIUMINT UNSIGNED,"
                        + " f INT UNSIGNED ZEROFILL, g BIGINT UNSIGNED, h BIGINT, i DECIMAL(30,10), j DECIMAL(9,0), k FLOAT, l DOUBLE, m BIT(1), n BIT(64),"
                        + " o BIT(13), p DECIMAL(5,5), q FLOAT(7,3), r DOUBLE(10,2), s BOOL)",
                "CREATE TABLE types.times (id INT PRIMARY KEY, a DATE, b TIME, c TIME(3), d TIME(6), e DATETIME, f DATETIME(4), g TIMESTAMP NULL,"
                        + " h TIMESTAMP(6) NULL, i YEAR, j DATETIME(1), k TIME(1))",
                "CREATE TABLE types.texts (id INT PRIMARY KEY, a CHAR(10), b VARCHAR(300), c TEXT, d CHAR(10) CHARACTER SET utf8mb4,"
                        + " e VARCHAR(40) CHARACTER SET utf16, f TEXT CHARACTER SET ucs2, g VARCHAR(40) CHARACTER SET sjis, h VARCHAR(40) CHARACTER SET gbk,"
                        + " i BINARY(8), j VARBINARY(300), k TINYBLOB, l MEDIUMBLOB, m LONGTEXT CHARACTER SET utf8mb4, n ENUM('a','ü','','z') CHARACTER SET utf8mb4,"
                        + " o SET('x','y','z'), p VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, q CHAR(255) CHARACTER SET utf8mb4,"
                        + " r CHAR(4) CHARACTER SET utf32)",
                "CREATE TABLE types.shapes (id INT PRIMARY KEY, g GEOMETRY, p POINT, q POLYGON NOT NULL, SPATIAL KEY (q))",
                "CREATE TABLE types.members (id INT PRIMARY KEY, s SET(" + members() + "))",
                "CREATE TABLE types.keyless (a INT, b VARCHAR(20) CHARACTER SET utf8mb4, c DOUBLE)",
                "CREATE TABLE types.unique_only (a INT, b VARCHAR(10), UNIQUE KEY (a))",
                "CREATE TABLE types.wide_key (a VARCHAR(20) CHARACTER SET utf8mb4, b INT, c VARBINARY(8), v INT, PRIMARY KEY (a, b, c))",
                "CREATE TABLE types.made (id INT PRIMARY KEY, a INT, v INT AS (a + 1) VIRTUAL, s INT AS (a * 2) STORED, b INT DEFAULT 5)",
                "CREATE TABLE types.parent (id INT PRIMARY KEY, v INT) ENGINE=InnoDB",
                "CREATE TABLE types.child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES types.parent (id) ON DELETE CASCADE)",
                "CREATE TABLE types.trace (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(20))",
                "CREATE TABLE `odd ``name ü`.`t ``é` (`id ``ö` INT PRIMARY KEY, `select` VARCHAR(10) CHARACTER SET utf8mb4)",
                "CREATE TRIGGER types.traced AFTER INSERT ON types.parent FOR EACH ROW INSERT INTO types.trace (what) VALUES ('inserted')",
                "CREATE FUNCTION types.twice(x INT) RETURNS INT DETERMINISTIC RETURN x * 2",
                "CREATE PROCEDURE types.noop() SELECT 'é'",
                "CREATE VIEW types.seen AS SELECT id, types.twice(a) AS t FROM types.made",
                "CREATE EVENT types.later ON SCHEDULE EVERY 1 YEAR DO DELETE FROM types.trace",
                mariaDb ? "CREATE TABLE types.docs (id INT PRIMARY KEY, d LONGTEXT)" : "CREATE TABLE types.docs (id INT PRIMARY KEY, d JSON)");
        if (mariaDb) {
            server.execute("CREATE TABLE types.checked (id INT PRIMARY KEY, a INT, CHECK (a > 0))");
        }
        if (server.kind() == ServerKind.MYSQL_97) {
            server.execute("CREATE TABLE types.vectors (id INT PRIMARY KEY, v VECTOR(3), hidden INT INVISIBLE DEFAULT 3)",
                    "CREATE TABLE types.functional (id INT PRIMARY KEY, a INT, KEY ((a + 1)), CHECK (a > -100))");
        }
        return this;
    }

    /** Writes rows with these first ids; every kind of change. */
    public void write(int from) throws SQLException {
        String id = Integer.toString(from);
        String next = Integer.toString(from + 1);
        server.execute(MODE,
                "INSERT INTO types.numbers VALUES (" + id + ",-128,255,65535,-8388608,16777215,42,18446744073709551615,-9223372036854775808,"
                        + "-12345678901234567890.0123456789,999999999,1.17549e-38,-1.7976931348623157e308,1,18446744073709551615,4097,-0.00001,-1.005,1.239,1),("
                        + next + ",NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL)",
                "UPDATE types.numbers SET k = 0.1, l = 1/3, n = 1, i = -0.5 WHERE id = " + id);
        server.execute(
                MODE + "; INSERT INTO types.times VALUES (" + id
                        + ",'0000-00-00','-838:59:59','-00:00:00.001','-12:34:56.123456','0000-00-00 00:00:00',"
                        + "'9999-12-31 23:59:59.9999','1970-01-01 00:00:01','2038-01-19 03:14:07.999999',0,'1000-01-01 00:00:00.1','-00:00:01.9'),("
                        + next
                        + ",'2024-02-31','838:59:59','00:00:00.5','23:59:59.999999','2024-02-30 01:02:03','1000-01-01','2000-06-15 12:00:00',NULL,2155,NULL,'-00:00:00.1')");
        server.execute("SET NAMES utf8mb4",
                "INSERT INTO types.texts VALUES (" + id + ",'ä  ','é\\n\\t\\\\',REPEAT('x',3000),'😀','日本','文','ソ表','中文',x'0100',x'00ff0a0d5c00',x'',"
                        + "REPEAT(x'00',70000),'x''\"😀','ü','x,z','Ünï','" + "q ".repeat(40) + "','ab'),(" + next
                        + ",'',NULL,'','','','','','',x'',x'','',NULL,NULL,'','','','',NULL)",
                "UPDATE types.texts SET b = CONCAT(b, 'ß'), o = 'y', i = x'00' WHERE id = " + id);
        server.execute(MODE, "INSERT INTO types.texts (id, n, o) VALUES (" + (from + 2) + ", 'none of them', '')");
        server.execute("INSERT INTO types.members VALUES (" + id + ", 'm0,m50,m63'), (" + next + ", 'm51')",
                "UPDATE types.members SET s = CONCAT(s, ',m1,m62') WHERE id = " + id);
        server.execute("INSERT INTO types.shapes VALUES (" + id + ", ST_GeomFromText('LINESTRING(0 0,1 1,2 5)'), NULL,"
                + " ST_GeomFromText('POLYGON((0 0,0 9,9 9,9 0,0 0))'))");
        server.execute("INSERT INTO types.keyless VALUES (1,'a',0.1),(1,'a',0.1),(1,'A',0.1),(NULL,NULL,NULL)",
                "DELETE FROM types.keyless WHERE b = _utf8mb4'a' COLLATE utf8mb4_bin LIMIT 1",
                "UPDATE types.keyless SET c = c * 3 WHERE b = _utf8mb4'A' COLLATE utf8mb4_bin LIMIT 1",
                "INSERT INTO types.unique_only VALUES (" + id + ",'x'),(NULL,'n'),(NULL,'n')",
                "DELETE FROM types.unique_only WHERE a IS NULL LIMIT 1",
                "INSERT INTO types.wide_key VALUES ('Ä','" + id + "',x'00',1),('ä b','" + id + "',x'ff00',2)",
                "UPDATE types.wide_key SET a = 'zz', v = 9 WHERE b = " + id + " AND v = 2",
                "INSERT INTO types.made (id, a) VALUES (" + id + ", 4)", "UPDATE types.made SET a = 6 WHERE id = " + id,
                "INSERT INTO types.parent VALUES (" + id + ", 1),(" + next + ", 2)",
                "INSERT INTO types.child VALUES (" + id + "," + id + "),(" + next + "," + next + ")", "DELETE FROM types.parent WHERE id = " + id,
                "INSERT INTO `odd ``name ü`.`t ``é` VALUES (" + id + ", 'ö')");
        documents(id);
        if (server.kind().isMariaDb()) {
            server.execute("SET SESSION check_constraint_checks = OFF; INSERT INTO types.checked VALUES (" + id + ", -1)");
        }
        if (server.kind() == ServerKind.MYSQL_97) {
            server.execute("INSERT INTO types.vectors (id, v, hidden) VALUES (" + id + ", TO_VECTOR('[1,2.5,-3]'), 8)",
                    "INSERT INTO types.functional VALUES (" + id + ", 5)", "UPDATE types.functional SET a = 9 WHERE id = " + id);
        }
    }

    /** As many as a SET can have. */
    private static String members() {
        return IntStream.range(0, 64).mapToObj(i -> "'m" + i + "'").collect(Collectors.joining(","));
    }

    private void documents(String id) throws SQLException {
        server.execute("INSERT INTO types.docs VALUES (" + id
                + ", '{\"a\": [1, 2.5, true, null, \"é\\\\n\"], \"b\": {\"c\": -5, \"big\": 18446744073709551615}, \"s\": \"" + "long".repeat(50)
                + "\"}')");
        if (!server.kind().isMariaDb()) {
            String partial = server.kind() == ServerKind.MYSQL_57 ? "SET @x = 1" : "SET SESSION binlog_row_value_options = 'PARTIAL_JSON'";
            server.execute(partial + "; UPDATE types.docs SET d = JSON_SET(d, '$.a[0]', 77, '$.b.c', 'n') WHERE id = " + id
                    + "; UPDATE types.docs SET d = JSON_REMOVE(d, '$.a[1]') WHERE id = " + id);
        }
    }

    /** Statements that change definitions, each with a session of its own kind. */
    public void define(int number) throws SQLException {
        server.execute("CREATE TABLE types.ddl_" + number + " (id INT PRIMARY KEY, t TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
                "ALTER TABLE types.ddl_" + number + " ADD COLUMN `ü` VARCHAR(10) CHARACTER SET utf8mb4 DEFAULT 'é', ADD KEY (t)",
                "INSERT INTO types.ddl_" + number + " (id) VALUES (1)", createAsSelect(number),
                "RENAME TABLE types.copy_" + number + " TO types.renamed_" + number, "CREATE DATABASE extra_" + number + " CHARACTER SET utf8mb4",
                "SET NAMES latin1; CREATE TABLE extra_" + number + ".t (a VARCHAR(5) DEFAULT 'x') COMMENT 'plain'",
                "TRUNCATE TABLE types.unique_only", "SET SESSION sql_mode = 'ANSI_QUOTES'; ALTER TABLE types.ddl_" + number + " COMMENT 'quoted'",
                "CREATE USER u_" + number + "@localhost IDENTIFIED BY 'Pw-1'; GRANT SELECT ON types.* TO u_" + number + "@localhost",
                "DROP USER u_" + number + "@localhost; DROP USER early@localhost",
                "DROP TABLE extra_" + number + ".t; DROP DATABASE extra_" + number);
    }

    /** Changes that are logged as statements, which depend on what their session knows. */
    public void statements(int number) throws SQLException {
        server.execute(
                "CREATE TABLE types.said_" + number + " (id INT AUTO_INCREMENT PRIMARY KEY, a VARCHAR(60) CHARACTER SET utf8mb4, b DECIMAL(40,12),"
                        + " c DOUBLE, d BIGINT UNSIGNED, e VARBINARY(60), at TIMESTAMP(6) NULL, local DATETIME NULL)",
                "SET SESSION binlog_format = 'STATEMENT', time_zone = '+05:00', lc_time_names = 'en_GB'; USE types",
                "SET NAMES latin1; SET @t = _latin1 x'fc', @j = _sjis x'835c', @b = x'00ff5c27', @d = -1234567890123456789.000000000012, @n = NULL, @r = -1.5e-7,"
                        + " @third = 1e0,"
                        + " @i = -9, @u = 18446744073709551615, @`odd ``name` = 'x'",
                "INSERT INTO types.said_" + number
                        + " (a, b, c, d, e, at, local) VALUES (@t, @d, @r, @u, @b, NOW(6), NOW()), (@j, @n, RAND(), 5, 'x', NULL, NULL)",
                "INSERT INTO types.said_" + number
                        + " (a, b, c) VALUES (CONCAT(@`odd ``name`, LAST_INSERT_ID(), DATE_FORMAT('2024-03-05', '%M')), @i, @third / 3)",
                "SET SESSION auto_increment_increment = 10, auto_increment_offset = 7; INSERT INTO types.said_" + number
                        + " (a) VALUES ('ten'), ('more')",
                "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'; UPDATE \"said_" + number + "\" SET a = a || '\\\\' WHERE id < 3",
                "SET SESSION sql_mode = '', foreign_key_checks = 0; INSERT INTO types.child VALUES (-" + number + ", 424242)");
    }

    /** From here on the log has the forms that are not the default: compressed, without checksums, with tagged GTIDs. */
    public void otherForms() throws SQLException {
        server.execute("SET GLOBAL binlog_checksum = NONE", "CREATE USER early@localhost");
        if (server.kind().isMariaDb()) {
            server.execute("SET GLOBAL log_bin_compress = ON, GLOBAL log_bin_compress_min_len = 10");
        } else if (server.kind() == ServerKind.MYSQL_97) {
            server.execute("SET GLOBAL binlog_transaction_compression = ON",
                    "SET gtid_next = 'AUTOMATIC:nightly'; INSERT INTO types.parent VALUES (-1, 1)",
                    "SET gtid_next = 'AUTOMATIC:nightly'; CREATE TABLE types.tagged (id INT PRIMARY KEY)");
        }
    }

    /** Rows from a file, by a statement that is logged with the file. */
    public void loadFile(int number) throws SQLException {
        String file = server.data().resolve("rows_" + number + ".tsv").toString();
        server.execute(
                "CREATE TABLE types.loaded_" + number
                        + " (id INT AUTO_INCREMENT PRIMARY KEY, a VARCHAR(60) CHARACTER SET utf8mb4, b INT, UNIQUE (b))",
                "SELECT id + 1000 * n.k, IFNULL(HEX(e), 'ü'), id * 1000 + n.k FROM types.texts, (SELECT 1 k UNION SELECT 2 UNION SELECT 3) n INTO OUTFILE '"
                        + file + "' CHARACTER SET utf8mb4",
                "SET SESSION binlog_format = 'STATEMENT'; LOAD DATA INFILE '" + file + "' INTO TABLE types.loaded_" + number
                        + " CHARACTER SET utf8mb4 (id, a, @v) SET b = @v + 1",
                "SET SESSION binlog_format = 'STATEMENT'; LOAD DATA INFILE '" + file + "' REPLACE INTO TABLE types.loaded_" + number
                        + " CHARACTER SET utf8mb4 LINES STARTING BY '1' (@skipped, a, @v) SET b = @v + 1");
    }

    /** Servers before 8.0.21 refuse CREATE TABLE … SELECT where every transaction must have one GTID. */
    private String createAsSelect(int number) {
        boolean refused = server.kind() == ServerKind.MYSQL_57 || server.kind() == ServerKind.MYSQL_80;
        return "USE types; CREATE TABLE copy_" + number + (refused ? " LIKE ddl_" : " AS SELECT * FROM ddl_") + number;
    }

    /** Transactions of the kind that two phases commit. */
    public void twoPhases(int number) throws SQLException {
        server.execute("XA START 'x" + number + "'; INSERT INTO types.made (id, a) VALUES (" + (9000 + number) + ", 1); XA END 'x" + number + "';"
                + " XA PREPARE 'x" + number + "'; XA COMMIT 'x" + number + "'",
                "XA START 'y" + number + "'; INSERT INTO types.made (id, a) VALUES (" + (9500 + number) + ", 1); XA END 'y" + number + "';"
                        + " XA COMMIT 'y" + number + "' ONE PHASE",
                "XA START 'z" + number + "'; DELETE FROM types.made; XA END 'z" + number + "'; XA PREPARE 'z" + number + "'; XA ROLLBACK 'z" + number
                        + "'");
    }
}
