package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What can go wrong with the relay log. */
public abstract sealed class RelayLogException extends Exception {
    private RelayLogException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The file system refused: a full disk, a lost volume, missing rights. */
    public static final class Storage extends RelayLogException {
        public Storage(Path file, Exception cause) {
            super("The relay log file " + file + " cannot be written or read (" + cause.getMessage()
                    + "): make room or mend the volume; nothing that was acknowledged is lost", cause);
        }
    }

    /** A file holds bytes that are no events. */
    public static final class Corrupt extends RelayLogException {
        public Corrupt(Path file, long position, String what) {
            super("The relay log file " + file + " is damaged at position " + position + ": " + what
                    + "; restore it from the leader (same name, same bytes) or start the channel anew", null);
        }
    }

    /** The coordinates are not in the log: purged, or never received. */
    public static final class Missing extends RelayLogException {
        public Missing(BinlogCoordinates wanted, String oldest) {
            super("The relay log has no " + wanted + " (it begins with " + oldest
                    + "): the follower must be seeded again, which replace: true in its settings allows", null);
        }
    }
}
