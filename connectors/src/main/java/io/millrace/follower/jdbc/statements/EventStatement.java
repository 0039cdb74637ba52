package io.millrace.follower.jdbc.statements;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes of {@code CREATE EVENT} and {@code ALTER EVENT} what a replica's applier makes of them: an event that is known and does not run,
 * since the log brings what it does on the leader. Every session that is no applier thread would enable it.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/replication-features-invoked.html">Replication of Invoked Features</a>
 */
final class EventStatement {
    private static final Set<String> BEFORE_EVENT = Set.of("OR", "REPLACE", "DEFINER", "=", "@", "");

    private final String sql;
    private final SqlWords words;

    private EventStatement(String sql) {
        this.sql = sql;
        this.words = SqlWords.of(sql);
    }

    /**
     * The statement with its event disabled, and belonging to who altered it; every other statement as it is.
     *
     * @param sql one character a byte
     * @param disabled how the follower says that an event runs on the leader only
     * @param invoker who ran it on the leader, quoted; null if the log does not say
     */
    static String asOfReplica(String sql, String disabled, @Nullable String invoker) {
        String head = sql.substring(0, Math.min(sql.length(), 1024)).toUpperCase(Locale.ROOT);
        boolean perhaps = head.contains("EVENT") && (head.contains("CREATE") || head.contains("ALTER"));
        return perhaps ? new EventStatement(sql).rewritten(disabled, invoker) : sql;
    }

    private String rewritten(String disabled, @Nullable String invoker) {
        int event = eventAt();
        if (event < 0) {
            return sql;
        }
        String asleep = disabled(event, disabled);
        if (invoker == null || !words.is(0, "ALTER") || !words.is(1, "EVENT")) {
            return asleep;
        }
        int head = words.get(0).to();
        String definer = new String(invoker.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return asleep.substring(0, head) + " DEFINER=" + definer + asleep.substring(head);
    }

    private String disabled(int event, String disabled) {
        int body = words.find("DO", event + 1);
        int comment = words.find("COMMENT", event + 1);
        int end = body < 0 ? words.size() : body;
        end = comment < 0 ? end : Math.min(end, comment);
        for (int i = event + 1; i < end; i++) {
            if (words.is(i, "RENAME")) {
                i += words.is(i + 3, ".") ? 4 : 2; // TO and the new name, which may be any word.
            } else if (words.is(i, "ENABLE")) {
                return replaced(words.get(i).from(), words.get(i).to(), disabled);
            } else if (words.is(i, "DISABLE")) {
                boolean only = words.is(i + 1, "ON") && (words.is(i + 2, "SLAVE") || words.is(i + 2, "REPLICA"));
                return replaced(words.get(i).from(), words.get(only ? i + 2 : i).to(), disabled);
            }
        }
        return words.is(0, "CREATE") && end < words.size() ? replaced(words.get(end).from(), words.get(end).from(), disabled + " ") : sql;
    }

    private String replaced(int from, int to, String text) {
        return sql.substring(0, from) + text + sql.substring(to);
    }

    /** Where the name of the event ends; -1 if the statement is another. */
    private int eventAt() {
        if (!words.is(0, "CREATE") && !words.is(0, "ALTER")) {
            return -1;
        }
        for (int i = 1; i < words.size(); i++) {
            boolean ofDefiner = words.is(i - 1, "=") || words.is(i - 1, "@");
            if (words.is(i, "EVENT") && !ofDefiner) {
                int name = words.is(i + 1, "IF") ? i + 4 : i + 1; // IF NOT EXISTS
                return words.is(name + 1, ".") ? name + 2 : name;
            }
            if (!ofDefiner && !BEFORE_EVENT.contains(words.get(i).text())) {
                return -1;
            }
        }
        return -1;
    }
}
