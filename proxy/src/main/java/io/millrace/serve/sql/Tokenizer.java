package io.millrace.serve.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a statement into its words, as the server does: comments are white space, but what stands in {@code /*! … *}{@code /} is not.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/language-structure.html">Language Structure</a>
 */
final class Tokenizer {
    /** Whoever asks for the log needs few. */
    private static final int MOST_TOKENS = 20_000;

    private static final List<String> LONG_SYMBOLS = List.of(":=", "<=>", "<=", ">=", "<>", "!=", "||", "&&");

    private final String sql;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int openedHints;

    private Tokenizer(String sql) {
        this.sql = sql;
    }

    /** @throws StatementException if a quote or comment does not end */
    static List<Token> tokens(String sql) throws StatementException {
        Tokenizer tokenizer = new Tokenizer(sql);
        while (tokenizer.skipSpace()) {
            tokenizer.next();
            if (tokenizer.tokens.size() > MOST_TOKENS) {
                throw StatementException.syntax(sql.substring(0, MOST_TOKENS / 100));
            }
        }
        return List.copyOf(tokenizer.tokens);
    }

    private boolean skipSpace() throws StatementException {
        while (at < sql.length()) {
            char c = sql.charAt(at);
            boolean dashes = sql.startsWith("--", at) && (at + 2 == sql.length() || Character.isWhitespace(sql.charAt(at + 2)));
            if (Character.isWhitespace(c)) {
                at++;
            } else if (c == '#' || dashes) {
                int end = sql.indexOf('\n', at);
                at = end < 0 ? sql.length() : end + 1;
            } else if (openedHints > 0 && sql.startsWith("*/", at)) {
                openedHints--;
                at += 2;
            } else if (sql.startsWith("/*", at)) {
                skipComment();
            } else {
                return true;
            }
        }
        return false;
    }

    private void skipComment() throws StatementException {
        if (sql.startsWith("/*!", at) || sql.startsWith("/*M!", at)) {
            at = sql.indexOf('!', at) + 1;
            while (at < sql.length() && Character.isDigit(sql.charAt(at))) {
                at++;
            }
            openedHints++;
            return;
        }
        int end = sql.indexOf("*/", at + 2);
        if (end < 0) {
            throw StatementException.syntax(sql.substring(at));
        }
        at = end + 2;
    }

    private void next() throws StatementException {
        char c = sql.charAt(at);
        int start = at;
        if (c == '\'' || c == '"') {
            add(Token.Kind.STRING, quoted(c), start);
        } else if (c == '`') {
            add(Token.Kind.QUOTED_NAME, quoted(c), start);
        } else if (c == '@') {
            variable(start);
        } else if (Character.isDigit(c)) {
            add(Token.Kind.NUMBER, while_(ch -> Character.isLetterOrDigit(ch) || ch == '.'), start);
        } else if (isNamePart(c)) {
            add(Token.Kind.WORD, while_(Tokenizer::isNamePart), start);
        } else {
            String symbol = LONG_SYMBOLS.stream().filter(candidate -> sql.startsWith(candidate, start)).findFirst().orElse(String.valueOf(c));
            at += symbol.length();
            add(Token.Kind.SYMBOL, symbol, start);
        }
    }

    private void variable(int start) throws StatementException {
        boolean system = sql.startsWith("@@", at);
        at += system ? 2 : 1;
        if (at < sql.length() && "'\"`".indexOf(sql.charAt(at)) >= 0) {
            add(system ? Token.Kind.SYSTEM_VARIABLE : Token.Kind.USER_VARIABLE, quoted(sql.charAt(at)), start);
            return;
        }
        StringBuilder name = new StringBuilder(while_(ch -> isNamePart(ch) || ch == '.'));
        while (system && at < sql.length() && sql.charAt(at) == '`') { // As in @@session.`sql_mode`.
            name.append(quoted('`'));
            name.append(while_(ch -> isNamePart(ch) || ch == '.'));
        }
        add(system ? Token.Kind.SYSTEM_VARIABLE : Token.Kind.USER_VARIABLE, name.toString(), start);
    }

    private static boolean isNamePart(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c > 0x7f;
    }

    private interface CharTest {
        boolean test(char c);
    }

    private String while_(CharTest test) {
        int start = at;
        while (at < sql.length() && test.test(sql.charAt(at))) {
            at++;
        }
        return sql.substring(start, at);
    }

    private String quoted(char quote) throws StatementException {
        StringBuilder text = new StringBuilder();
        int start = at++;
        while (at < sql.length()) {
            char c = sql.charAt(at++);
            if (c == '\\' && quote != '`' && at < sql.length()) {
                text.append(unescaped(sql.charAt(at++)));
            } else if (c == quote && at < sql.length() && sql.charAt(at) == quote) {
                text.append(quote);
                at++;
            } else if (c == quote) {
                return text.toString();
            } else {
                text.append(c);
            }
        }
        throw StatementException.syntax(sql.substring(start));
    }

    /** In a pattern of LIKE, an escaped wild card stays escaped. */
    private static String unescaped(char c) {
        return switch (c) {
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            case '0' -> "\0";
            case '%', '_' -> "\\" + c;
            default -> String.valueOf(c);
        };
    }

    private void add(Token.Kind kind, String text, int start) {
        tokens.add(new Token(kind, text, start, at));
    }
}
