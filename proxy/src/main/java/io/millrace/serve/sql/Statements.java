package io.millrace.serve.sql;

import io.millrace.protocol.TextResult;
import io.millrace.relay.RelayLogException;
import io.millrace.serve.sql.Facts.Answer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Answers the statements of one session. One thread. */
public final class Statements {
    private static final int MOST_STATEMENTS = 100;
    private static final int MOST_COLUMNS = 4096;
    private static final long MOST_CHARACTERS = 1 << 20;
    private static final int DATE = "2000-01-01".length();
    private static final List<String> OF_THE_LOG = List.of("binlog", "replica", "slave", "replicas", "processlist");
    private static final long LONGEST_AGO = 1_000_000;

    private final Facts facts;
    private final SessionState session;

    public Statements(Facts facts, SessionState session) {
        this.facts = facts;
        this.session = session;
    }

    /** One statement of a packet, to be answered by {@link #answer}. */
    public static final class Statement {
        private final String sql;
        private final List<Token> words;

        private Statement(String sql, List<Token> words) {
            this.sql = sql;
            this.words = List.copyOf(words);
        }

        private Tokens tokens() {
            return new Tokens(sql, words);
        }

        /** Whether it asks for the log, its readers or this connection, which another server could not tell. */
        public boolean isForTheLog() {
            Tokens tokens = tokens();
            if (tokens.accept("show")) {
                if (words.stream().anyMatch(word -> word.lower().startsWith("rpl_semi_sync_"))
                        && words.stream().anyMatch(word -> word.isWord("variables"))) {
                    return true; // A replica asks how we send, and not how the leader does.
                }
                return OF_THE_LOG.stream().anyMatch(tokens::accept) || tokens.accept("binary", "logs") || tokens.accept("master", "logs")
                        || tokens.accept("all", "slaves") || tokens.accept("full", "processlist");
            }
            return tokens.accept("purge") || tokens.accept("kill") || tokens.accept("start", "replica") || tokens.accept("start", "slave")
                    || tokens.accept("stop", "replica") || tokens.accept("stop", "slave")
                    || words.stream().anyMatch(word -> word.lower().endsWith("gtid_purged")
                            || word.kind() == Token.Kind.SYSTEM_VARIABLE && word.lower().contains("rpl_semi_sync_"));
        }

        /** Whether it sets variables, of which replicas and other readers set some for their stream, or names the database to use. */
        public boolean changesSession() {
            return tokens().accept("set") || tokens().accept("use");
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
                statements.add(new Statement(sql, parts));
                parts = new ArrayList<>();
            }
        }
        if (!parts.isEmpty()) {
            statements.add(new Statement(sql, parts));
        }
        if (statements.isEmpty() || statements.size() > MOST_STATEMENTS) {
            throw statements.isEmpty() ? new StatementException(1065, "42000", "Query was empty") : StatementException.syntax(sql);
        }
        return statements;
    }

    /** @throws StatementException with the error that is the answer */
    public Answer answer(Statement statement) throws StatementException {
        Tokens tokens = statement.tokens();
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
        long characters = 0;
        do {
            int start = tokens.position();
            Expressions.Value value = expressions.next(tokens);
            String text = value.text();
            characters += text == null ? 0 : text.length();
            if (columns.size() >= MOST_COLUMNS || characters > MOST_CHARACTERS) {
                throw new StatementException(1117, "42000", "Too many columns");
            }
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
        boolean query = !tokens.accept("connection") && tokens.accept("query");
        long id = tokens.number();
        tokens.expectEnd();
        if (facts.connections().stream().anyMatch(connection -> connection.id() == id && !connection.user().equals(session.name()))) {
            session.requireAdmin("KILL of another account's connection");
        }
        if (!facts.kill(id, query)) {
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
        if (!tokens.accept("binary", "logs") && !tokens.accept("master", "logs")) {
            throw tokens.unexpected();
        }
        String file = tokens.accept("to") ? tokens.expect(Token.Kind.STRING).text() : firstFileSince(moment(tokens));
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

    /** The time that stands after BEFORE: written out, in the time zone of this process, or so long ago. */
    private static Instant moment(Tokens tokens) throws StatementException {
        if (!tokens.accept("before")) {
            throw tokens.unexpected();
        }
        if (tokens.accept("now")) {
            tokens.expectSymbol("(");
            tokens.expectSymbol(")");
            return tokens.acceptSymbol("-") ? Instant.now().minus(interval(tokens)) : Instant.now();
        }
        String text = tokens.expect(Token.Kind.STRING).text();
        String padded = text.length() == DATE ? text + " 00:00:00" : text;
        try {
            return LocalDateTime.parse(padded, DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)).atZone(ZoneId.systemDefault())
                    .toInstant();
        } catch (DateTimeParseException e) {
            throw new StatementException(1525, "HY000", "Incorrect DATETIME value: '" + text + "'");
        }
    }

    private static Duration interval(Tokens tokens) throws StatementException {
        if (!tokens.accept("interval")) {
            throw tokens.unexpected();
        }
        long count = tokens.number();
        for (ChronoUnit unit : List.of(ChronoUnit.DAYS, ChronoUnit.HOURS, ChronoUnit.MINUTES, ChronoUnit.SECONDS)) {
            String name = unit.toString().toLowerCase(Locale.ROOT);
            if (tokens.accept(name.substring(0, name.length() - 1))) {
                return unit.getDuration().multipliedBy(Math.min(count, LONGEST_AGO));
            }
        }
        throw tokens.unexpected();
    }

    /** The oldest file with an event since, or else the newest, which always stays. */
    private String firstFileSince(Instant moment) throws StatementException {
        List<String> names = facts.log().fileNames();
        try {
            for (String name : names.subList(0, Math.max(0, names.size() - 1))) {
                if (!facts.log().newest(name).isBefore(moment)) {
                    return name;
                }
            }
        } catch (RelayLogException e) {
            throw new StatementException(1220, "HY000", String.valueOf(e.getMessage()));
        }
        return names.isEmpty() ? "" : names.getLast();
    }
}
