package io.millrace.binlog.event;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a statement inside a logged transaction does with a table.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/create-table-select.html">CREATE TABLE … SELECT</a>
 */
public final class TableStatement {
    /** MySQL says so since 8.0.21, where the rows and the table are one transaction; MariaDB says nothing. */
    private static final String ROWS_FOLLOW = " START TRANSACTION";
    private static final Pattern CREATE = Pattern.compile("CREATE\\s+(OR\\s+REPLACE\\s+)?TABLE\\b", Pattern.CASE_INSENSITIVE);

    private TableStatement() {
    }

    /** The definition of a table whose rows follow in the transaction, as {@code CREATE TABLE … SELECT} is logged; empty for others. */
    public static Optional<String> definitionOfFilled(String sql) {
        return CREATE.matcher(sql).lookingAt()
                ? Optional.of(sql.endsWith(ROWS_FOLLOW) ? sql.substring(0, sql.length() - ROWS_FOLLOW.length()) : sql)
                : Optional.empty();
    }
}
