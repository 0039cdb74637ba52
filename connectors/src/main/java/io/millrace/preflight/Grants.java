package io.millrace.preflight;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The privileges of an account, wherever they hold: on everything, or on some schemas only. Immutable.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/show-grants.html">SHOW GRANTS</a>
 */
public final class Grants {
    /** What the account has, by roles that are active too. */
    public static final String QUERY = "SHOW GRANTS FOR CURRENT_USER()";
    private static final String GRANT = "GRANT ";
    private static final String REVOKE = "REVOKE ";
    private static final String EVERYTHING = "ALL PRIVILEGES";
    private static final List<String> OF_A_SCHEMA = List.of("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER",
            "CREATE TEMPORARY TABLES", "LOCK TABLES", "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE", "EVENT", "TRIGGER");

    private static final String GRANT_OPTION = "GRANT OPTION";
    private static final String ON_EVERYTHING = " ON *.* ";

    private static final Pattern OF_THE_SERVER = Pattern.compile(" ON `(MYSQL|SYS|PERFORMANCE_SCHEMA|INFORMATION_SCHEMA)`\\.");

    private final Set<String> privileges = new HashSet<>();
    private final Set<String> everywhere = new HashSet<>();
    private final Set<String> revoked = new HashSet<>();

    /** @param lines of {@link #QUERY}; lines that grant roles say nothing */
    public Grants(List<String> lines) {
        for (String line : lines) {
            String grant = line.toUpperCase(Locale.ROOT);
            int on = grant.indexOf(" ON ");
            if (grant.startsWith(REVOKE) && on > 0 && !OF_THE_SERVER.matcher(grant).find(on)) { // Partial revokes: of one schema, what holds on all others.
                revoked.addAll(Arrays.asList(grant.substring(REVOKE.length(), on).split(", ?")));
            }
            if (grant.startsWith(GRANT) && on > 0) {
                String list = grant.substring(GRANT.length(), on);
                if (grant.startsWith(ON_EVERYTHING, on)) {
                    everywhere.addAll(Arrays.asList(list.split(", ?")));
                    if (grant.endsWith(" WITH " + GRANT_OPTION)) {
                        everywhere.add(GRANT_OPTION);
                    }
                }
                privileges.addAll(list.equals(EVERYTHING) && !grant.startsWith(ON_EVERYTHING, on) ? OF_A_SCHEMA : Arrays.asList(list.split(", ?")));
            }
        }
    }

    /** Whether the account has a privilege somewhere; its name as in a GRANT, in capitals. */
    public boolean has(String privilege) {
        return privileges.contains(EVERYTHING) || privileges.contains(privilege);
    }

    /** Whether the account has a privilege on every schema; GRANT OPTION is not among ALL. */
    public boolean hasEverywhere(String privilege) {
        boolean granted = everywhere.contains(privilege) || everywhere.contains(EVERYTHING) && !privilege.equals(GRANT_OPTION);
        return granted && !revoked.contains(privilege) && !revoked.contains(EVERYTHING);
    }

    /** The statement that gives a privilege to a user who comes from anywhere. */
    public static String statement(String privilege, String user) {
        return "GRANT " + privilege + " ON *.* TO '" + user + "'@'%';";
    }
}
