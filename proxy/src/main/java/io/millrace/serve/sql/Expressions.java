package io.millrace.serve.sql;

import io.millrace.binlog.GtidSet;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Values of what stands in SELECT and SET. One thread. */
final class Expressions {
    private static final long MOST_CHARACTERS = 256 * 1024;
    private static final DateTimeFormatter DATE_TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int DEEPEST = 20;
    /** Variables that may be more than ON and OFF, and so are words in SELECT, too. */
    private static final Set<String> ON_OR_MORE = Set.of("gtid_mode", "enforce_gtid_consistency", "event_scheduler", "delay_key_write",
            "session_track_transaction_info", "use_secondary_engine", "query_cache_type", "ssl_fips_mode", "concurrent_insert");

    private final Facts facts;
    private final SessionState session;
    private int depth;

    /** A value, and whether a client should take it for a number; null stands for NULL. */
    record Value(@Nullable String text, boolean number) {
        static Value of(@Nullable String text) {
            return new Value(text, false);
        }

        static Value of(long number) {
            return new Value(Long.toString(number), true);
        }
    }

    Expressions(Facts facts, SessionState session) {
        this.facts = facts;
        this.session = session;
    }

    /** The value of the expression that comes next. */
    Value next(Tokens tokens) throws StatementException {
        if (++depth > DEEPEST) {
            throw tokens.unexpected();
        }
        try {
            Value left = primary(tokens);
            return tokens.acceptSymbol("=") ? equal(left, primary(tokens)) : left;
        } finally {
            depth--;
        }
    }

    /** As text, by the usual collation. */
    private static Value equal(Value left, Value right) {
        String one = left.text();
        String other = right.text();
        return one == null || other == null ? Value.of((String) null) : Value.of(one.equalsIgnoreCase(other) ? 1 : 0);
    }

    private Value primary(Tokens tokens) throws StatementException {
        if (tokens.acceptSymbol("(")) {
            Value inner = next(tokens);
            tokens.expectSymbol(")");
            return inner;
        }
        if (tokens.acceptSymbol("-")) {
            return new Value("-" + tokens.expect(Token.Kind.NUMBER).text(), true);
        }
        Token token = tokens.peek().orElseThrow(tokens::unexpected);
        return switch (token.kind()) {
            case STRING -> Value.of(tokens.next().text());
            case NUMBER -> new Value(tokens.next().text(), true);
            case SYSTEM_VARIABLE -> systemVariable(tokens.next().lower());
            case USER_VARIABLE -> Value.of(session.userVariable(tokens.next().text()).orElse(null));
            case WORD -> word(tokens);
            case QUOTED_NAME, SYMBOL -> throw tokens.unexpected();
        };
    }

    private Value word(Tokens tokens) throws StatementException {
        if (tokens.accept("null")) {
            return Value.of(null);
        }
        if (tokens.accept("true")) {
            return Value.of(1);
        }
        if (tokens.accept("false")) {
            return Value.of(0);
        }
        int start = tokens.position();
        String name = tokens.next().lower();
        boolean called = tokens.acceptSymbol("(");
        if (!called && !name.equals("current_user")) {
            throw StatementException.syntax(tokens.text(start, tokens.lastEnd()));
        }
        List<@Nullable String> arguments = called ? arguments(tokens) : List.of();
        return function(name, tokens.text(start, tokens.lastEnd()), arguments);
    }

    /** The opening bracket was taken already. */
    private List<@Nullable String> arguments(Tokens tokens) throws StatementException {
        List<@Nullable String> arguments = new ArrayList<>();
        if (tokens.acceptSymbol(")")) {
            return arguments;
        }
        long characters = 0;
        do {
            String argument = next(tokens).text();
            characters += argument == null ? 0 : argument.length();
            if (characters > MOST_CHARACTERS) {
                throw new StatementException(1301, "HY000", "Arguments hold more than " + MOST_CHARACTERS + " characters");
            }
            arguments.add(argument);
        } while (tokens.acceptSymbol(","));
        tokens.expectSymbol(")");
        return arguments;
    }

    private Value function(String name, String text, List<@Nullable String> arguments) throws StatementException {
        if (name.equals("concat") && !arguments.isEmpty()) {
            return Value.of(arguments.contains(null) ? null : String.join("", arguments));
        }
        return switch (name + "/" + arguments.size()) {
            case "unix_timestamp/0" -> Value.of(Instant.now().getEpochSecond());
            case "now/0", "current_timestamp/0", "utc_timestamp/0", "sysdate/0" -> Value.of(DATE_TIME.format(Instant.now()));
            case "uuid/0" -> Value.of(UUID.randomUUID().toString());
            case "ifnull/2", "coalesce/2" -> Value.of(arguments.get(0) == null ? arguments.get(1) : arguments.get(0));
            case "version/0" -> Value.of(facts.version());
            case "connection_id/0" -> Value.of(session.connectionId());
            case "user/0", "current_user/0", "session_user/0", "system_user/0" -> Value.of(session.user());
            case "database/0", "schema/0" -> Value.of(session.database());
            case "gtid_subset/2" -> Value.of(gtids(arguments.get(1)).containsAll(gtids(arguments.get(0))) ? 1 : 0);
            case "gtid_subtract/2" -> Value.of(gtids(arguments.get(0)).minus(gtids(arguments.get(1))).toString());
            case "binlog_gtid_pos/2" -> Value.of(facts.gtidsBefore(String.valueOf(arguments.get(0)), String.valueOf(arguments.get(1))).orElse(null));
            default -> throw StatementException.syntax(text);
        };
    }

    private static GtidSet gtids(@Nullable String text) throws StatementException {
        try {
            return GtidSet.parse(text == null ? "" : text);
        } catch (IllegalArgumentException e) {
            throw new StatementException(1772, "HY000", "Malformed GTID set specification '" + text + "'.");
        }
    }

    /** @param name in lower case, with or without its scope */
    private Value systemVariable(String name) throws StatementException {
        boolean global = name.startsWith("global.");
        String bare = bareName(name);
        if (!global && session.hasSet(bare)) {
            return Value.of(session.sessionVariable(bare));
        }
        Map<String, String> variables = facts.variables();
        String value = variables.get(bare);
        if (value == null) {
            throw StatementException.unknownVariable(bare);
        }
        return selected(bare, value);
    }

    /** SHOW gives ON where SELECT gives 1, for a variable that is true or false. */
    private static Value selected(String name, String shown) {
        if ((shown.equals("ON") || shown.equals("OFF")) && !ON_OR_MORE.contains(name)) {
            return Value.of(shown.equals("ON") ? 1 : 0);
        }
        return new Value(shown, !shown.isEmpty() && shown.length() < 19 && shown.chars().allMatch(c -> c >= '0' && c <= '9'));
    }

    static String bareName(String name) {
        for (String scope : List.of("global.", "session.", "local.", "persist.", "persist_only.")) {
            if (name.startsWith(scope)) {
                return name.substring(scope.length());
            }
        }
        return name;
    }
}
