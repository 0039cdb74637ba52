package io.millrace.follower.jdbc.statements;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;

/**
 * What stands before and after a literal to give it a collation, by the collation's number. One thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/charset-introducer.html">Character Set Introducers</a>
 */
final class Introducers {
    private static final int UNKNOWN_COLUMN = 1054;
    private static final int UNKNOWN_COLLATION = 1273;

    private final Statement statement;
    private final Map<Integer, String> known = new HashMap<>();

    Introducers(Statement statement) {
        this.statement = statement;
    }

    /** A pattern with one {@code %s} for the literal. */
    String of(int collation) throws SQLException {
        String pattern = known.get(collation);
        if (pattern == null) {
            pattern = ask(collation);
            known.put(collation, pattern);
        }
        return pattern;
    }

    private String ask(int collation) throws SQLException {
        try (ResultSet row = statement
                .executeQuery("SELECT CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLLATIONS WHERE ID = " + collation)) {
            if (row.next()) {
                return pattern(row);
            }
        }
        return askWhereOneServesSeveralCharacterSets(collation);
    }

    /**
     * MariaDB 10.10 and later list such a collation without a character set, and its numbers elsewhere.
     *
     * @see <a href="https://mariadb.com/kb/en/information-schema-collation_character_set_applicability-table/">COLLATION_CHARACTER_SET_APPLICABILITY</a>
     */
    private String askWhereOneServesSeveralCharacterSets(int collation) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT CHARACTER_SET_NAME, FULL_COLLATION_NAME"
                + " FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID = " + collation)) {
            if (row.next()) {
                return pattern(row);
            }
        } catch (SQLException e) {
            if (e.getErrorCode() != UNKNOWN_COLUMN) { // Other servers have no such column.
                throw e;
            }
        }
        throw new SQLException("the follower does not have the leader's collation number " + collation, "HY000", UNKNOWN_COLLATION);
    }

    private static String pattern(ResultSet row) throws SQLException {
        return "_" + row.getString(1) + " %s COLLATE `" + row.getString(2) + "`";
    }
}
