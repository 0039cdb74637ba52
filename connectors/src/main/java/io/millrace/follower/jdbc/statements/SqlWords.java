package io.millrace.follower.jdbc.statements;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The words of a statement that stand outside of parentheses and comments, where comments that the server executes are none. Immutable.
 */
final class SqlWords {
    private static final int NONE = -1;

    private final String sql;
    private final List<Word> words = new ArrayList<>();

    /**
     * One word, or a sign by itself.
     *
     * @param text in upper case; empty for what is quoted
     * @param name as it is written, without its quotes
     * @param from where it begins in the statement
     * @param to where it ends
     */
    record Word(String text, String name, int from, int to) {}

    private SqlWords(String sql) {
        this.sql = sql;
    }

    /** @param sql one character a byte */
    static SqlWords of(String sql) {
        SqlWords words = new SqlWords(sql);
        words.read();
        return words;
    }

    int size() {
        return words.size();
    }

    Word get(int index) {
        return words.get(index);
    }

    /** Whether a word stands there, unquoted. */
    boolean is(int index, String word) {
        return index >= 0 && index < words.size() && words.get(index).text().equals(word);
    }

    /** Where a word stands, unquoted; -1 if it does not. */
    int find(String word, int from) {
        for (int i = from; i < words.size(); i++) {
            if (is(i, word)) {
                return i;
            }
        }
        return NONE;
    }

    private void read() {
        int depth = 0;
        int at = 0;
        while (at < sql.length()) {
            char c = sql.charAt(at);
            int end = at + 1;
            if (c == '/' && sql.startsWith("/*", at)) {
                end = sql.startsWith("/*!", at) || sql.startsWith("/*M!", at) ? afterVersion(at) : afterComment(at);
            } else if (c == '*' && sql.startsWith("*/", at)) {
                end = at + 2; // Of a comment that is executed.
            } else if (c == '#' || c == '-' && (sql.startsWith("-- ", at) || sql.startsWith("--\n", at) || sql.startsWith("--\t", at))) {
                end = sql.indexOf('\n', at) < 0 ? sql.length() : sql.indexOf('\n', at);
            } else if (c == '\'' || c == '"' || c == '`') {
                end = afterQuote(at, c);
                String quote = String.valueOf(c);
                add(depth, new Word("", sql.substring(at + 1, Math.max(at + 1, end - 1)).replace(quote + quote, quote), at, end));
            } else if (c == '(' || c == ')') {
                depth += c == '(' ? 1 : -1;
            } else if (isOfWord(c)) {
                while (end < sql.length() && isOfWord(sql.charAt(end))) {
                    end++;
                }
                add(depth, new Word(sql.substring(at, end).toUpperCase(Locale.ROOT), sql.substring(at, end), at, end));
            } else if (!Character.isWhitespace(c)) {
                add(depth, new Word(String.valueOf(c), String.valueOf(c), at, end));
            }
            at = end;
        }
    }

    private void add(int depth, Word word) {
        if (depth == 0) {
            words.add(word);
        }
    }

    private static boolean isOfWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c >= 0x80;
    }

    private int afterComment(int at) {
        int end = sql.indexOf("*/", at + 2);
        return end < 0 ? sql.length() : end + 2;
    }

    private int afterVersion(int at) {
        int end = sql.indexOf('!', at) + 1;
        while (end < sql.length() && Character.isDigit(sql.charAt(end))) {
            end++;
        }
        return end;
    }

    private int afterQuote(int at, char quote) {
        for (int end = at + 1; end < sql.length(); end++) {
            if (sql.charAt(end) == '\\' && quote != '`') {
                end++;
            } else if (sql.charAt(end) == quote) {
                if (end + 1 < sql.length() && sql.charAt(end + 1) == quote) {
                    end++;
                } else {
                    return end + 1;
                }
            }
        }
        return sql.length();
    }
}
