package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.follower.jdbc.rows.KeyCatalog;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.ServerKind;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What workers take for granted of the collations whose keys they compare by letters and digits alone. */
class CollationsIT {
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

    @ParameterizedTest
    @MethodSource("io.millrace.itest.Servers#installed")
    void holdNoTwoWordsForEqualThatDifferInMoreThanCaseAndPunctuation(ServerKind kind) throws Exception {
        try (DatabaseServer server = DatabaseServer.start(kind, 1);
                Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE words");
            statement.execute("CREATE TABLE words.letter (n INT PRIMARY KEY)");
            for (int n = 1; n < 128; n++) {
                statement.execute("INSERT INTO words.letter VALUES (" + n + ")");
            }
            int known = 0;
            for (String collation : KeyCatalog.folded()) {
                String charset = charset(statement, collation);
                if (!charset.isEmpty()) {
                    known++;
                    requireLettersApart(statement, charset, collation);
                    requireWordsApart(statement, charset, collation);
                }
            }
            assertThat(known).isGreaterThan(6);
        }
    }

    private static String charset(Statement statement, String collation) throws SQLException {
        try (ResultSet row = statement.executeQuery(
                "SELECT CHARACTER_SET_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE COLLATION_NAME = '" + collation
                        + "'")) {
            return row.next() ? row.getString(1) : "";
        }
    }

    private static void requireLettersApart(Statement statement, String charset, String collation) throws SQLException {
        String letter = "CONVERT(CHAR(%s.n) USING " + charset + ") COLLATE " + collation;
        try (ResultSet pair = statement.executeQuery("SELECT a.n, b.n FROM words.letter a JOIN words.letter b ON a.n < b.n AND "
                + letter.formatted("a") + " = " + letter.formatted("b"))) {
            while (pair.next()) {
                assertThat(folded(pair.getInt(1))).as("%d and %d in %s", pair.getInt(1), pair.getInt(2), collation).isEqualTo(folded(pair.getInt(2)));
            }
        }
    }

    private static String folded(int letter) {
        String lower = String.valueOf((char) letter).toLowerCase(Locale.ROOT);
        return LETTERS.contains(lower) ? lower : "";
    }

    /** No two letters together are one, nor one two. */
    private static void requireWordsApart(Statement statement, String charset, String collation) throws SQLException {
        statement.execute("CREATE OR REPLACE VIEW words.one AS SELECT LOWER(CONVERT(CHAR(n) USING utf8)) AS l FROM words.letter"
                + " WHERE n BETWEEN 48 AND 57 OR n BETWEEN 97 AND 122");
        statement.execute("DROP TABLE IF EXISTS words.word");
        statement.execute("CREATE TABLE words.word (w VARCHAR(3) CHARACTER SET " + charset + " COLLATE " + collation + ", UNIQUE KEY (w))");
        statement.execute("INSERT INTO words.word SELECT l FROM words.one");
        statement.execute("INSERT INTO words.word SELECT CONCAT(a.l, b.l) FROM words.one a, words.one b");
        statement.execute("INSERT INTO words.word SELECT CONCAT(a.l, b.l, c.l) FROM words.one a, words.one b, words.one c");
        try (ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM words.word")) {
            row.next();
            assertThat(row.getInt(1)).isEqualTo(36 + 36 * 36 + 36 * 36 * 36);
        }
    }
}
