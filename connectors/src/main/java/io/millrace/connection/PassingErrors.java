package io.millrace.connection;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Errors of a server that pass without anybody changing something here: disks that were full, limits that were reached, modes of the moment,
 * sessions that were ended, locks.
 *
 * @see <a href="https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html">Server Error Message Reference</a>
 */
public final class PassingErrors {
    private static final Set<Integer> FULL = Set.of(3, 1021, 1026, 1114);
    /** Connections, memory, threads, files; hosts that are blocked for the errors of others. */
    private static final Set<Integer> LIMITS = Set.of(23, 24, 1037, 1040, 1041, 1129, 1135, 1203, 1226);
    /** Shutdown, super_read_only and its like, offline mode, read-only files. */
    private static final Set<Integer> MODES = Set.of(1053, 1290, 1836, 3032, 3168);
    private static final Set<Integer> ENDED = Set.of(1158, 1159, 1160, 1161, 1317, 1927, 3169, 4031);
    private static final Set<Integer> LOCKS = Set.of(1205, 1213);
    /** Whatever the storage engine says, by its number. */
    private static final int ER_GET_ERRNO = 1030;
    private static final Pattern NO_SPACE = Pattern.compile("rror:? 28\\b");

    private PassingErrors() {
    }

    /** Whether the same may go well a while later. */
    public static boolean contain(int code, String message) {
        return areOfFullDisks(code, message) || LIMITS.contains(code) || MODES.contains(code) || ENDED.contains(code) || LOCKS.contains(code);
    }

    /** Whether a disk or a table is full: what came before it in the same statement may stay. */
    public static boolean areOfFullDisks(int code, String message) {
        return FULL.contains(code) || code == ER_GET_ERRNO && NO_SPACE.matcher(message).find();
    }
}
