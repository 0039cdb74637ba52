package io.millrace.serve.sql;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What one connection has set. One thread. */
public final class SessionState {
    private static final int MOST_VARIABLES = 1000;
    private static final long MOST_CHARACTERS = 256 * 1024;

    private final String user;
    private final String host;
    private final long connectionId;
    private final boolean admin;
    private final Map<String, @Nullable String> userVariables = new HashMap<>();
    private final Map<String, @Nullable String> sessionVariables = new HashMap<>();
    private @Nullable String database;
    private long characters;

    /** @param admin whether the account may do more than replicate and look */
    public SessionState(String user, String host, long connectionId, boolean admin) {
        this.admin = admin;
        this.user = user;
        this.host = host;
        this.connectionId = connectionId;
    }

    String name() {
        return user;
    }

    void requireAdmin(String statement) throws StatementException {
        if (!admin) {
            throw new StatementException(1227, "42000",
                    "Access denied; the account " + user + " needs admin: true under serve.accounts for " + statement);
        }
    }

    /** User and address, as {@code USER()} gives them. */
    public String user() {
        return user + "@" + host;
    }

    long connectionId() {
        return connectionId;
    }

    /** As USE and COM_INIT_DB have said; null for none. */
    public @Nullable String database() {
        return database;
    }

    /** As USE and COM_INIT_DB do. */
    public void database(String name) {
        database = name;
    }

    /** A user variable; empty where it is not set or NULL. */
    public Optional<String> userVariable(String name) {
        return Optional.ofNullable(userVariables.get(name.toLowerCase(Locale.ROOT)));
    }

    void setUserVariable(String name, @Nullable String value) throws StatementException {
        if (userVariables.size() >= MOST_VARIABLES && !userVariables.containsKey(name.toLowerCase(Locale.ROOT))) {
            throw new StatementException(1041, "HY000", "A connection may set " + MOST_VARIABLES + " user variables");
        }
        count(userVariables.get(name.toLowerCase(Locale.ROOT)), value);
        userVariables.put(name.toLowerCase(Locale.ROOT), value);
    }

    private void count(@Nullable String before, @Nullable String value) throws StatementException {
        int more = (value == null ? 0 : value.length()) - (before == null ? 0 : before.length());
        if (characters + more > MOST_CHARACTERS) {
            throw new StatementException(1041, "HY000", "Variables of a connection may hold " + MOST_CHARACTERS + " characters in all");
        }
        characters += more;
    }

    /** A session variable that is a number of seconds; empty where it was not set. */
    public Optional<Long> seconds(String name) {
        return Optional.ofNullable(sessionVariables.get(name)).filter(value -> value.matches("[0-9]{1,9}")).map(Long::parseLong);
    }

    boolean hasSet(String systemVariable) {
        return sessionVariables.containsKey(systemVariable);
    }

    @Nullable
    String sessionVariable(String name) {
        return sessionVariables.get(name);
    }

    /** Only variables that exist are set, so that their number is bounded. */
    void setSessionVariable(String name, @Nullable String value) throws StatementException {
        count(sessionVariables.get(name), value);
        sessionVariables.put(name, value);
    }

    /** Forgets what was set, as COM_RESET_CONNECTION does. */
    public void reset() {
        userVariables.clear();
        characters = 0;
        sessionVariables.clear();
    }
}
