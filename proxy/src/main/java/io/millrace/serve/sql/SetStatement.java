package io.millrace.serve.sql;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * SET, with any number of assignments. What a client sets is its own; the server's global variables are the leader's.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/set-variable.html">SET</a>
 */
final class SetStatement {
    /** Sessions of replicas and drivers set these; no result here depends on them. */
    private static final List<String> WITHOUT_EFFECT = List.of("net_write_timeout", "net_read_timeout", "wait_timeout", "autocommit");

    private final Facts facts;
    private final SessionState session;
    private final Expressions expressions;

    SetStatement(Facts facts, SessionState session) {
        this.facts = facts;
        this.session = session;
        this.expressions = new Expressions(facts, session);
    }

    /** The word SET was taken already. */
    void run(Tokens tokens) throws StatementException {
        if (tokens.accept("session", "transaction") || tokens.accept("transaction")) {
            while (!tokens.isAtEnd()) {
                tokens.next();
            }
            return;
        }
        int start = tokens.mark();
        assignAll(tokens, false); // All of it or nothing.
        tokens.reset(start);
        assignAll(tokens, true);
    }

    private void assignAll(Tokens tokens, boolean reallySet) throws StatementException {
        do {
            assign(tokens, reallySet);
        } while (tokens.acceptSymbol(","));
        tokens.expectEnd();
    }

    private void assign(Tokens tokens, boolean reallySet) throws StatementException {
        if (tokens.accept("names") || tokens.accept("character", "set") || tokens.accept("charset")) {
            tokens.next();
            if (tokens.accept("collate")) {
                tokens.next();
            }
            return;
        }
        if (tokens.accept("global") || tokens.accept("persist") || tokens.accept("persist_only")) {
            throw readOnly(tokens.next().text());
        }
        if (!tokens.accept("session")) {
            tokens.accept("local");
        }
        Token target = tokens.next();
        if (!tokens.acceptSymbol("=")) {
            tokens.expectSymbol(":=");
        }
        switch (target.kind()) {
            case USER_VARIABLE -> {
                String value = value(tokens);
                if (reallySet) {
                    session.setUserVariable(target.text(), value);
                }
            }
            case SYSTEM_VARIABLE, WORD, QUOTED_NAME -> setSystem(target.lower(), value(tokens), reallySet);
            case STRING, NUMBER, SYMBOL -> throw StatementException.syntax(target.text());
        }
    }

    /** A word alone is a string here, as in {@code SET sql_mode = ANSI}. */
    private @Nullable String value(Tokens tokens) throws StatementException {
        Token first = tokens.peek().orElseThrow(tokens::unexpected);
        if (first.kind() == Token.Kind.WORD && !first.lower().equals("null") && !tokens.isCall()) {
            return tokens.next().text();
        }
        return expressions.next(tokens).text();
    }

    private void setSystem(String name, @Nullable String value, boolean reallySet) throws StatementException {
        String bare = Expressions.bareName(name);
        if (name.startsWith("global.") || name.startsWith("persist")) {
            throw readOnly(bare);
        }
        if (!facts.variables().containsKey(bare) && !WITHOUT_EFFECT.contains(bare)) {
            throw StatementException.unknownVariable(bare);
        }
        if (reallySet) {
            session.setSessionVariable(bare, value);
        }
    }

    private static StatementException readOnly(String name) {
        return new StatementException(1227, "42000",
                "Millrace shows the leader's global variables and does not set them (" + name.toLowerCase(Locale.ROOT)
                        + "): set it on the leader");
    }
}
