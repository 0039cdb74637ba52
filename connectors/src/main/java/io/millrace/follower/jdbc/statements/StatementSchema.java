package io.millrace.follower.jdbc.statements;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Which schema a logged statement changes. */
public final class StatementSchema {
    private static final Set<String> BEFORE_TABLE = Set.of("LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "QUICK", "INTO");
    private static final Set<String> OBJECTS = Set.of("TABLE", "TABLES", "VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "SEQUENCE");
    private static final Set<String> SCHEMAS = Set.of("DATABASE", "SCHEMA");
    private static final Set<String> OTHERS = Set.of("USER", "ROLE", "SERVER", "TABLESPACE", "INSTANCE", "LOGFILE", "PACKAGE", "RESOURCE", "LIBRARY");

    private StatementSchema() {
    }

    /**
     * The schema of what a statement defines or changes, the first where it names several.
     *
     * @param sql one character a byte
     * @param session the schema of the statement's session; may be empty
     * @return empty for what belongs to no schema, such as accounts
     */
    public static Optional<String> of(String sql, String session) {
        SqlWords words = SqlWords.of(sql);
        if (words.size() == 0) {
            return Optional.empty();
        }
        String first = words.get(0).text();
        Optional<String> found = switch (first) {
            case "CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE" -> defined(words, session);
            case "INSERT", "REPLACE", "UPDATE" -> Optional.of(changed(words, 1, session));
            case "DELETE" -> Optional.of(changed(words, words.find("FROM", 1) + 1, session));
            case "LOAD" -> Optional.of(changed(words, words.find("TABLE", 1) + 1, session));
            case "WITH", "CALL", "OPTIMIZE", "REPAIR", "ANALYZE" -> Optional.of(session);
            default -> Optional.empty();
        };
        return found.filter(schema -> !schema.isEmpty());
    }

    /** The schemas of everything that a statement may define or change, where it can name several; empty for statements that cannot. */
    public static Set<String> allOf(String sql) {
        SqlWords words = SqlWords.of(sql);
        int end = switch (words.size() == 0 ? "" : words.get(0).text()) {
            case "RENAME", "DROP" -> words.size();
            case "UPDATE", "WITH" -> words.find("SET", 1);
            case "DELETE" -> words.find("WHERE", 1) < 0 ? words.size() : words.find("WHERE", 1);
            default -> 0;
        };
        Set<String> names = new HashSet<>();
        for (int i = 1; i + 1 < end; i++) {
            if (words.is(i + 1, ".")) {
                names.add(name(words, i));
            }
        }
        return names;
    }

    private static String changed(SqlWords words, int from, String session) {
        int at = from;
        while (at < words.size() && BEFORE_TABLE.contains(words.get(at).text())) {
            at++;
        }
        return qualified(words, at, session);
    }

    private static Optional<String> defined(SqlWords words, String session) {
        for (int i = 1; i < words.size(); i++) {
            String word = words.is(i - 1, "=") || words.is(i - 1, "@") ? "" : words.get(i).text(); // A definer may have any name.
            if (SCHEMAS.contains(word)) {
                return Optional.of(afterName(words, i) ? session : name(words, afterIf(words, i + 1)));
            }
            if (OBJECTS.contains(word)) {
                return Optional.of(qualified(words, afterIf(words, i + 1), session));
            }
            if (word.equals("INDEX")) {
                return Optional.of(qualified(words, words.find("ON", i) + 1, session));
            }
            if (OTHERS.contains(word)) {
                return Optional.empty();
            }
        }
        return words.is(0, "TRUNCATE") ? Optional.of(qualified(words, 1, session)) : Optional.empty();
    }

    /** {@code ALTER DATABASE CHARACTER SET …} is about the session's. */
    private static boolean afterName(SqlWords words, int at) {
        return words.is(0, "ALTER") && (words.is(at + 1, "CHARACTER") || words.is(at + 1, "DEFAULT") || words.is(at + 1, "COLLATE")
                || words.is(at + 1, "CHARSET"));
    }

    private static int afterIf(SqlWords words, int at) {
        if (!words.is(at, "IF")) {
            return at;
        }
        return words.is(at + 1, "NOT") ? at + 3 : at + 2;
    }

    private static String qualified(SqlWords words, int at, String session) {
        return words.is(at + 1, ".") ? name(words, at) : session;
    }

    private static String name(SqlWords words, int at) {
        return at < words.size() ? new String(words.get(at).name().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8) : "";
    }
}
