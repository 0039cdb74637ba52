package io.millrace.serve.sql;

import java.util.List;
import java.util.Optional;

/** The words of one statement, taken one after the other. One thread. */
final class Tokens {
    private final String sql;
    private final List<Token> tokens;
    private int at;

    Tokens(String sql, List<Token> tokens) {
        this.sql = sql;
        this.tokens = tokens;
    }

    boolean isAtEnd() {
        return at == tokens.size();
    }

    Optional<Token> peek() {
        return isAtEnd() ? Optional.empty() : Optional.of(tokens.get(at));
    }

    /** Where it is, for {@link #reset}. */
    int mark() {
        return at;
    }

    /** Goes back. */
    void reset(int mark) {
        at = mark;
    }

    /** Whether a bracket follows the next token, as it does the name of a function. */
    boolean isCall() {
        return at + 1 < tokens.size() && tokens.get(at + 1).isSymbol("(");
    }

    Token next() throws StatementException {
        if (isAtEnd()) {
            throw StatementException.syntax("the end of " + sql);
        }
        return tokens.get(at++);
    }

    /** Takes these words if they come next, all of them or none. */
    boolean accept(String... words) {
        for (int i = 0; i < words.length; i++) {
            if (at + i >= tokens.size() || !tokens.get(at + i).isWord(words[i])) {
                return false;
            }
        }
        at += words.length;
        return true;
    }

    boolean acceptSymbol(String symbol) {
        if (isAtEnd() || !tokens.get(at).isSymbol(symbol)) {
            return false;
        }
        at++;
        return true;
    }

    void expectSymbol(String symbol) throws StatementException {
        if (!acceptSymbol(symbol)) {
            throw unexpected();
        }
    }

    void expectEnd() throws StatementException {
        if (!isAtEnd()) {
            throw unexpected();
        }
    }

    Token expect(Token.Kind kind) throws StatementException {
        Token token = next();
        if (token.kind() != kind) {
            at--;
            throw unexpected();
        }
        return token;
    }

    long number() throws StatementException {
        try {
            return Long.parseLong(expect(Token.Kind.NUMBER).text());
        } catch (NumberFormatException e) {
            at--;
            throw unexpected();
        }
    }

    StatementException unexpected() {
        return StatementException.syntax(isAtEnd() ? "the end of " + sql : sql.substring(tokens.get(at).start()));
    }

    /** Where the next word begins in the statement. */
    int position() {
        return isAtEnd() ? sql.length() : tokens.get(at).start();
    }

    /** Where the last word that was taken ends. */
    int lastEnd() {
        return at == 0 ? 0 : tokens.get(at - 1).end();
    }

    String text(int from, int to) {
        return sql.substring(from, to);
    }
}
