package io.millrace.serve.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Which rows of SHOW VARIABLES and its like are wanted: LIKE, or WHERE with LIKE, = and IN over the name, joined by OR. */
final class NameFilter {
    private final List<String> patterns = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private boolean all;

    private NameFilter() {
    }

    static NameFilter read(Tokens tokens) throws StatementException {
        NameFilter filter = new NameFilter();
        if (tokens.accept("like")) {
            filter.patterns.add(tokens.expect(Token.Kind.STRING).text());
        } else if (tokens.accept("where")) {
            do {
                filter.condition(tokens);
            } while (tokens.accept("or") || tokens.acceptSymbol("||"));
        } else {
            filter.all = true;
        }
        tokens.expectEnd();
        return filter;
    }

    private void condition(Tokens tokens) throws StatementException {
        Token column = tokens.next();
        if (!column.lower().equals("variable_name")) {
            throw StatementException.syntax(column.text());
        }
        if (tokens.accept("like")) {
            patterns.add(tokens.expect(Token.Kind.STRING).text());
        } else if (tokens.accept("in")) {
            tokens.expectSymbol("(");
            do {
                names.add(tokens.expect(Token.Kind.STRING).text().toLowerCase(Locale.ROOT));
            } while (tokens.acceptSymbol(","));
            tokens.expectSymbol(")");
        } else {
            tokens.expectSymbol("=");
            names.add(tokens.expect(Token.Kind.STRING).text().toLowerCase(Locale.ROOT));
        }
    }

    boolean accepts(String name) {
        return all || names.contains(name.toLowerCase(Locale.ROOT)) || patterns.stream().anyMatch(pattern -> LikePattern.matches(pattern, name));
    }
}
