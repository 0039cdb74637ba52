package io.millrace.binlog.writeset;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * By which of its columns a table's rows can get in each other's way, and in that of other tables.
 *
 * @param table its key as a whole, from {@link #name}
 * @param identified whether a row can be told from every other one; where not, each change changes the whole table
 * @param keys the primary key or another that tells every row from all others; then the unique keys, what other tables refer to, and
 *            what refers to others
 * @param touched tables that the server itself changes when a row is removed or a key of it changes, as {@code ON DELETE CASCADE} does
 */
public record TableKeys(long table, boolean identified, List<Key> keys, List<Long> touched) {
    /** A hash of values of which nothing can be said. */
    public static final long UNSURE = ValueHash.UNSURE;
    private static final long PRIME = 0x9E3779B97F4A7C15L;

    public TableKeys {
        keys = List.copyOf(keys);
        touched = List.copyOf(touched);
    }

    /**
     * One key.
     *
     * @param table the key of the whole table that the values belong to: this one, or the one that is referred to
     * @param columns the name of those columns there, from {@link #name}
     * @param own whether the row itself is found by it; otherwise the row refers to another table's
     * @param parts its columns, in the order that both tables share
     */
    public record Key(long table, long columns, boolean own, List<Part> parts) {
        public Key {
            parts = List.copyOf(parts);
        }
    }

    /**
     * A column of a key.
     *
     * @param column its place in the row, from 0; {@link #NO_COLUMN} for an expression, whose value is not in the row
     * @param prefix how many characters count; 0 for all
     */
    public record Part(int column, Form form, int prefix) {
        /** Stands for an expression: it may change with any column. */
        public static final int NO_COLUMN = -1;

        /**
         * Goes on with a hash over a key's values.
         *
         * @return the same for values that a server holds for equal; {@link #UNSURE} where equal values could have another
         */
        public long hash(long hash, ByteBuffer value) {
            return ValueHash.add(hash, value, value.position(), value.remaining(), this);
        }
    }

    /** How equal values are recognised. */
    public enum Form {
        /** Equal values have equal bytes. */
        EXACT,
        /** Equal values have equal bytes but for spaces or zeros at the end. */
        PADDED,
        /** Letters of ASCII may be equal whatever their case and what stands between them; of other letters nothing is known. */
        FOLDED,
        /** Equal values cannot be recognised. */
        UNKNOWN
    }

    /** A table whose rows never get in anybody's way, since they are not applied. */
    public static TableKeys none() {
        return new TableKeys(0, true, List.of(), List.of());
    }

    /** A table of which only the name is known. */
    public static TableKeys unidentified(String schema, String table) {
        return new TableKeys(name(schema, table), false, List.of(), List.of());
    }

    /** A hash of names, whatever their case: servers differ in whether that matters. */
    public static long name(String... parts) {
        long hash = PRIME;
        for (String part : parts) {
            for (byte octet : part.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8)) {
                hash = mix(hash, octet);
            }
            hash = mix(hash, -1);
        }
        return hash;
    }

    static long mix(long hash, long value) {
        long mixed = (hash ^ value) * PRIME;
        return mixed ^ mixed >>> 29;
    }
}
