package io.millrace.connection;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server calls itself, as far as statements differ by it. */
public record ServerVersion(boolean mariaDb, int major, int minor, int patch) {
    /**
     * Lets a session see the primary keys that the server generates: they are in every row, and may be hidden from whoever asks for columns.
     *
     * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/create-table-gipks.html">Generated Invisible Primary Keys</a>
     */
    public static final String SHOW_GENERATED_KEYS = "SET SESSION show_gipk_in_create_table_and_information_schema = ON";
    private static final Pattern NUMBERS = Pattern.compile("(?:5\\.5\\.5-)?(\\d+)\\.(\\d+)\\.(\\d+).*");

    /** Reads {@code @@version} or the version of the greeting. */
    public static ServerVersion parse(String text) {
        Matcher matcher = NUMBERS.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a server version: \"" + text + "\"");
        }
        return new ServerVersion(text.contains("MariaDB"), Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)));
    }

    public boolean atLeast(int wantedMajor, int wantedMinor, int wantedPatch) {
        if (major != wantedMajor) {
            return major > wantedMajor;
        }
        return minor != wantedMinor ? minor > wantedMinor : patch >= wantedPatch;
    }

    /** Whether this is MySQL, and at least of that version. */
    public boolean isMySql(int wantedMajor, int wantedMinor, int wantedPatch) {
        return !mariaDb && atLeast(wantedMajor, wantedMinor, wantedPatch);
    }

    /** Whether it generates primary keys and knows {@link #SHOW_GENERATED_KEYS}. */
    public boolean showsGeneratedKeys() {
        return isMySql(8, 0, 30);
    }

    /** The statement that shows where the binlog ends. */
    public String showBinlogStatus() {
        return isMySql(8, 2, 0) ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
    }

    @Override
    public String toString() {
        return (mariaDb ? "MariaDB " : "MySQL ") + major + "." + minor + "." + patch;
    }
}
