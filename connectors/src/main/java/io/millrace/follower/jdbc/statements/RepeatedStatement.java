package io.millrace.follower.jdbc.statements;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a second run of a statement would do. Most DDL says that it is done already; some undoes itself, or does the same again beside the
 * first.
 */
final class RepeatedStatement {
    /** Of which nothing is looked at. */
    private static final Pattern TEXT = Pattern.compile("/\\*(?!!).*?\\*/|'([^'\\\\]|\\\\.|'')*'", Pattern.DOTALL);
    private static final Pattern RENAME = Pattern.compile("RENAME\\s+TABLES?\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern ALTER = Pattern.compile("ALTER\\s+(ONLINE\\s+)?TABLE\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern EXCHANGE = Pattern.compile("\\bEXCHANGE\\s+PARTITION\\b", Pattern.CASE_INSENSITIVE);
    /** A key or constraint that gets a name of its own each time. */
    private static final Pattern NAMELESS = Pattern.compile("\\bADD\\s++(?!\\()(CONSTRAINT\\s+)?((UNIQUE|FULLTEXT|SPATIAL)\\b\\s*)?"
            + "(KEY|INDEX|FOREIGN\\s+KEY|CHECK)?\\s*\\(", Pattern.CASE_INSENSITIVE);
    private static final String NAME = "((?:`[^`]+`|[^\\s,`]+)+)";
    private static final Pattern TABLE_TO = Pattern.compile(NAME + "\\s+TO\\s+" + NAME, Pattern.CASE_INSENSITIVE);
    private static final Pattern COLUMN_TO = Pattern.compile(
            "\\b(?:RENAME\\s+COLUMN\\s+" + NAME + "\\s+TO|CHANGE\\s+(?:COLUMN\\s+)?" + NAME + ")\\s+" + NAME, Pattern.CASE_INSENSITIVE);

    private RepeatedStatement() {
    }

    /** Whether it must not be run again where it is not known whether it was run. */
    static boolean undoesItself(String sql) {
        String words = TEXT.matcher(sql).replaceAll(" ").strip();
        if (RENAME.matcher(words).matches()) {
            return goRound(TABLE_TO.matcher(words));
        }
        return ALTER.matcher(words).matches()
                && (EXCHANGE.matcher(words).find() || NAMELESS.matcher(words).find() || goRound(COLUMN_TO.matcher(words)));
    }

    /** Whether every old name is a new one, too: only then a second run meets no name that is gone or taken. */
    private static boolean goRound(Matcher pairs) {
        Set<String> from = new HashSet<>();
        Set<String> to = new HashSet<>();
        while (pairs.find()) {
            String old = name(pairs.group(1) == null ? pairs.group(2) : pairs.group(1));
            String made = name(pairs.group(pairs.groupCount()));
            if (!old.equals(made)) {
                from.add(old);
                to.add(made);
            }
        }
        return !from.isEmpty() && to.containsAll(from);
    }

    private static String name(String name) {
        return name.replace("`", "").toLowerCase(Locale.ROOT);
    }
}
