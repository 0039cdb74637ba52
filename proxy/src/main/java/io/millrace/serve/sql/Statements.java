package io.millrace.serve.sql;

import io.millrace.protocol.TextResult;
import io.millrace.serve.sql.Facts.Answer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers the statements of one session. One thread. */
public final class Statements {
    private static final int MOST_STATEMENTS = 100;

    private final Facts facts;
    private final SessionState session;

    public Statements(Facts facts, SessionState session) {
        this.facts = facts;
        this.session = session;
    }

    /** One statement of a packet, to be answered by {@link #answer}. */
    public static final class Statement {
        private final Tokens tokens;

        private Statement(Tokens tokens) {
            this.tokens = tokens;
        }
    }

    /**
     * Cuts a packet into its statements.
     *
     * @throws StatementException if it is none
     */
    public List<Statement> split(String sql) throws StatementException {
        List<Statement> statements = new ArrayList<>();
        List<Token> parts = new ArrayList<>();
        for (Token token : Tokenizer.tokens(sql)) {
            if (!token.isSymbol(";")) {
                parts.add(token);
            } else if (!parts.isEmpty()) {
                statements.add(new Statement(new Tokens(sql, List.copyOf(parts))));
                parts = new ArrayList<>();
            }
        }
        if (!parts.isEmpty()) {
            statements.add(new Statement(new Tokens(sql, List.copyOf(parts))));
        }
        if (statements.isEmpty() || statements.size() > MOST_STATEMENTS) {
            throw statements.isEmpty() ? new StatementException(1065, "42000", "Query was empty") : StatementException.syntax(sql);
        }
        return statements;
    }

    /** @throws StatementException with the error that is the answer */
    public Answer answer(Statement statement) throws StatementException {
        Tokens tokens = statement.tokens;
        if (tokens.accept("select")) {
            return Answer.of(select(tokens));
        }
        if (tokens.accept("set")) {
            new SetStatement(facts, session).run(tokens);
            return Answer.ok();
        }
        if (tokens.accept("show")) {
            return Answer.of(new ShowStatement(facts, session).run(tokens));
        }
        if (tokens.accept("kill")) {
            return kill(tokens);
        }
        if (tokens.accept("purge")) {
            return purge(tokens);
        }
        if (tokens.accept("use")) {
            session.database(tokens.next().text());
            tokens.expectEnd();
            return Answer.ok();
        }
        if (tokens.accept("start", "replica") || tokens.accept("start", "slave")) {
            return receive(tokens, true);
        }
        if (tokens.accept("stop", "replica") || tokens.accept("stop", "slave")) {
            return receive(tokens, false);
        }
        if (tokens.accept("begin") || tokens.accept("start", "transaction") || tokens.accept("commit") || tokens.accept("rollback")) {
            return Answer.ok(); // Drivers close a transaction that they think they have.
        }
        throw tokens.unexpected();
    }

    private TextResult select(Tokens tokens) throws StatementException {
        Expressions expressions = new Expressions(facts, session);
        List<TextResult.Column> columns = new ArrayList<>();
        List<@Nullable String> row = new ArrayList<>();
        do {
            int start = tokens.position();
            Expressions.Value value = expressions.next(tokens);
            String name = tokens.text(start, tokens.lastEnd());
            if (tokens.accept("as") || tokens.peek().filter(Statements::isAlias).isPresent()) {
                name = tokens.next().text();
            }
            columns.add(new TextResult.Column(name, value.number()));
            row.add(value.text());
        } while (tokens.acceptSymbol(","));
        tokens.accept("from", "dual");
        boolean none = tokens.accept("limit") && tokens.number() == 0;
        tokens.expectEnd();
        return new TextResult(columns, none ? List.of() : List.of(row));
    }

    private static boolean isAlias(Token token) {
        return token.kind() == Token.Kind.QUOTED_NAME || token.kind() == Token.Kind.STRING
                || token.kind() == Token.Kind.WORD && !token.isWord("from") && !token.isWord("limit");
    }

    private Answer kill(Tokens tokens) throws StatementException {
        if (!tokens.accept("connection")) {
            tokens.accept("query");
        }
        long id = tokens.number();
        tokens.expectEnd();
        if (facts.connections().stream().anyMatch(connection -> connection.id() == id && !connection.user().equals(session.name()))) {
            session.requireAdmin("KILL of another account's connection");
        }
        if (!facts.kill(id)) {
            throw new StatementException(1094, "HY000", "Unknown thread id: " + id);
        }
        return Answer.ok();
    }

    private Answer receive(Tokens tokens, boolean on) throws StatementException {
        tokens.accept("io_thread");
        tokens.expectEnd();
        session.requireAdmin((on ? "START" : "STOP") + " REPLICA");
        facts.receive(on);
        return Answer.ok();
    }

    private Answer purge(Tokens tokens) throws StatementException {
        if (!tokens.accept("binary", "logs", "to") && !tokens.accept("master", "logs", "to")) {
            throw tokens.unexpected();
        }
        String file = tokens.expect(Token.Kind.STRING).text();
        tokens.expectEnd();
        session.requireAdmin("PURGE BINARY LOGS");
        if (!facts.log().fileNames().contains(file)) {
            throw new StatementException(1373, "HY000", "Target log not found in binlog index");
        }
        String problem = facts.purgeBefore(file).orElse("");
        if (!problem.isEmpty()) {
            throw new StatementException(1378, "HY000", problem);
        }
        return Answer.ok();
    }
}
