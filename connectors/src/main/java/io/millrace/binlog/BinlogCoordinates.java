package io.millrace.binlog;

/**
 * A place in a leader's binlog. Ordered as the leader writes: by the number at the end of the file's name, which grows past six
 * digits, so names do not sort as text; then by position.
 *
 * @param file base name, such as {@code binlog.000042}
 * @param position in bytes from the head of the file, at least 4 (after the magic number); may pass 4 GiB
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/binary-log.html">The Binary Log</a>
 */
public record BinlogCoordinates(String file, long position) implements Comparable<BinlogCoordinates> {
    /** The size of the magic number, and so the first position of an event in a file. */
    public static final long HEAD = 4;

    public BinlogCoordinates {
        if (file.isEmpty() || file.indexOf('/') >= 0 || file.indexOf('\\') >= 0) {
            throw new IllegalArgumentException("not a binlog file name: \"" + file + "\"");
        }
        if (position < HEAD) {
            throw new IllegalArgumentException("a binlog position is at least 4, was " + position);
        }
    }

    /** The head of a file: where its format description stands. */
    public static BinlogCoordinates headOf(String file) {
        return new BinlogCoordinates(file, HEAD);
    }

    /** The same file at another position. */
    public BinlogCoordinates at(long newPosition) {
        return new BinlogCoordinates(file, newPosition);
    }

    /** The number at the end of the file's name; 0 where there is none. */
    public long fileNumber() {
        return numberOf(file);
    }

    /** The number at the end of a binlog file's name; 0 where there is none. */
    public static long numberOf(String file) {
        int dot = file.lastIndexOf('.');
        String digits = file.substring(dot + 1);
        return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : 0;
    }

    @Override
    public int compareTo(BinlogCoordinates other) {
        int byFile = Long.compare(fileNumber(), other.fileNumber());
        return byFile != 0 ? byFile : Long.compare(position, other.position);
    }

    @Override
    public String toString() {
        return file + ":" + position;
    }
}
