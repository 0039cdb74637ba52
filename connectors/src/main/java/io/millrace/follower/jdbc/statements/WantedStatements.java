package io.millrace.follower.jdbc.statements;

import io.millrace.binlog.event.QueryEvent;
import io.millrace.binlog.event.SessionVariables;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Which of the leader's statements a follower runs.
 *
 * @param accounts whether the leader's accounts are its own
 * @param triggers whether it has the leader's triggers: where changes are applied as SQL they would do again what the log brings
 */
public record WantedStatements(AppliedSchemas schemas, boolean accounts, boolean triggers) {
    private static final String HEAD = "(\\s+|/\\*(?!M?!).*?\\*/|--([ \\t][^\\n]*)?\\n|#[^\\n]*\\n)*+";
    private static final String WORD = "(`[^`]*`|'[^']*'|\"[^\"]*\"|[^\\s@`'\"]+)";
    private static final Pattern TRIGGER = Pattern.compile(
            HEAD + "(CREATE\\s+(OR\\s+REPLACE\\s+)?(DEFINER\\s*=\\s*" + WORD + "(\\s*@\\s*" + WORD + ")?\\s*)?|DROP\\s+)TRIGGER\\b",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final Pattern ACCOUNT = Pattern.compile(
            HEAD + "((CREATE|ALTER|DROP|RENAME)\\s+(OR\\s+REPLACE\\s+)?(USER|ROLE)|GRANT|REVOKE|SET\\s+(PASSWORD|DEFAULT\\s+ROLE))\\b",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final Pattern FLUSH = Pattern.compile(HEAD + "FLUSH\\b", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private static final String OWN_SCHEMA = "millrace";

    /** What names several schemas is taken if one of them is: it fails where another is missing, and is not lost. */
    public boolean takes(QueryEvent event) {
        String sql = event.latin1();
        if (schemas.areAll() && !event.schema().equals(OWN_SCHEMA) && !sql.toLowerCase(Locale.ROOT).contains(OWN_SCHEMA)) {
            return true;
        }
        String schema = StatementSchema.of(sql, event.schema()).orElse("");
        return schemas.takesStatements(schema) || !schema.equals(OWN_SCHEMA) && StatementSchema.allOf(sql).stream().anyMatch(schemas::contains);
    }

    /**
     * Whether a statement that commits by itself is left out: of schemas that the follower does not have, or in ours; on accounts that were not
     * copied; what each server does for itself.
     */
    public boolean leavesOut(QueryEvent event) {
        String sql = event.latin1();
        if (!takes(event) || "1".equals(event.context().values().get(SessionVariables.UNDONE))) {
            return true;
        }
        if (FLUSH.matcher(sql).lookingAt()) { // It empties caches and rotates logs, and needs RELOAD.
            return true;
        }
        return !accounts && ACCOUNT.matcher(sql).lookingAt() || !triggers && TRIGGER.matcher(sql).lookingAt();
    }
}
