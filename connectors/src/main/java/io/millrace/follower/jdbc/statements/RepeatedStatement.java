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
    private static final Pattern TEXT = Pattern.compile("/\\*(?!M?!).*?\\*/|--([ \\t][^\\n]*)?(\\n|$)|#[^\\n]*|'(?:[^'\\\\]|\\\\.|'')*+'|(`[^`]*`)",
            Pattern.DOTALL);
    /** But at names. */
    private static final int NAMES = 3;
    private static final Pattern RENAME = Pattern.compile("RENAME\\s+TABLES?\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern ALTER = Pattern.compile("ALTER\\s+((ONLINE|IGNORE)\\s+)*TABLE\\b.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern PARTITIONS = Pattern.compile("\\b(EXCHANGE\\s+PARTITION|COALESCE\\s+PARTITION|ADD\\s+PARTITION\\s+PARTITIONS)\\b",
            Pattern.CASE_INSENSITIVE);
    /** A key or constraint that gets a name of its own each time. */
    private static final Pattern NAMELESS = Pattern.compile("\\bADD\\s++(?!\\()(CONSTRAINT\\s+)?((UNIQUE|FULLTEXT|SPATIAL)\\b\\s*)?"
            + "(KEY|INDEX|FOREIGN\\s+KEY|CHECK)?\\s*(USING\\s+\\w+\\s*)?\\(", Pattern.CASE_INSENSITIVE);
    private static final String NAME = "((?:`[^`]+`|[^\\s,`]+)+)";
    private static final Pattern TABLE_TO = Pattern.compile(NAME + "\\s+TO\\s+" + NAME, Pattern.CASE_INSENSITIVE);
    private static final Pattern COLUMN_TO = Pattern.compile(
            "\\b(?:RENAME\\s+COLUMN\\s+" + NAME + "\\s+TO|CHANGE\\s+(?:COLUMN\\s+)?" + NAME + ")\\s+" + NAME, Pattern.CASE_INSENSITIVE);

    /** What else is dropped and added. */
    private static final Set<String> NO_COLUMNS = Set.of("COLUMN", "IF", "KEY", "INDEX", "CONSTRAINT", "PRIMARY", "FOREIGN", "CHECK", "UNIQUE",
            "FULLTEXT", "SPATIAL",
            "PARTITION");
    private static final Pattern DROPPED = Pattern.compile("\\bDROP\\s+(?:COLUMN\\s+)?(?!IF\\s)" + NAME, Pattern.CASE_INSENSITIVE);
    private static final Pattern ADDED = Pattern.compile("\\bADD\\s+(?:COLUMN\\s+)?(?!IF\\s)" + NAME, Pattern.CASE_INSENSITIVE);

    private RepeatedStatement() {
    }

    /** Whether it must not be run again where it is not known whether it was run. */
    static boolean undoesItself(String sql) {
        String words = TEXT.matcher(sql).replaceAll(found -> found.group(NAMES) == null ? " " : Matcher.quoteReplacement(found.group())).strip();
        if (RENAME.matcher(words).matches()) {
            return goRound(TABLE_TO.matcher(words), Set.of(), Set.of());
        }
        return ALTER.matcher(words).matches()
                && (PARTITIONS.matcher(words).find() || NAMELESS.matcher(words).find()
                        || goRound(COLUMN_TO.matcher(words), names(DROPPED.matcher(words)), names(ADDED.matcher(words))));
    }

    private static Set<String> names(Matcher found) {
        Set<String> names = new HashSet<>();
        while (found.find()) {
            if (!NO_COLUMNS.contains(found.group(1).toUpperCase(Locale.ROOT))) {
                names.add(name(found.group(1)));
            }
        }
        return names;
    }

    /** Whether every old name is there again, and every new one was freed: only then a second run meets no name that is gone or taken. */
    private static boolean goRound(Matcher pairs, Set<String> freed, Set<String> added) {
        Set<String> from = new HashSet<>(freed);
        Set<String> to = new HashSet<>(added);
        boolean any = false;
        while (pairs.find()) {
            String old = name(pairs.group(1) == null ? pairs.group(2) : pairs.group(1));
            String made = name(pairs.group(pairs.groupCount()));
            if (!old.equals(made)) {
                any = true;
                from.add(old);
                to.add(made);
            }
        }
        return any && to.containsAll(from) && from.containsAll(to);
    }

    private static String name(String name) {
        return name.replace("`", "").toLowerCase(Locale.ROOT);
    }
}
