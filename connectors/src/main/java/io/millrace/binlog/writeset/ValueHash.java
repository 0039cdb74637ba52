package io.millrace.binlog.writeset;

import java.nio.ByteBuffer;

/** Hashes one value so that values which a server holds for equal have the same hash. */
final class ValueHash {
    /** Equal values could have another hash. */
    static final long UNSURE = 0;
    private static final int CASE = 0x20;

    private ValueHash() {
    }

    /**
     * Goes on with a hash.
     *
     * @param start where the value stands in the row
     * @return {@link #UNSURE} where nothing can be said
     */
    static long add(long hash, ByteBuffer row, int start, int length, TableKeys.Part part) {
        int counted = part.prefix() == 0 ? length : Math.min(length, part.prefix());
        long next = switch (part.form()) {
            case EXACT -> exact(hash, row, start, counted);
            case PADDED -> exact(hash, row, start, unpadded(row, start, counted));
            case FOLDED -> folded(hash, row, start, counted);
            case UNKNOWN -> UNSURE;
        };
        return next == UNSURE ? UNSURE : TableKeys.mix(next, -1);
    }

    private static long exact(long hash, ByteBuffer row, int start, int length) {
        long mixed = hash;
        int at = start;
        int end = start + length;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            mixed = TableKeys.mix(mixed, row.getLong(at));
        }
        for (; at < end; at++) {
            mixed = TableKeys.mix(mixed, row.get(at) & 0xff);
        }
        return mixed == UNSURE ? 1 : mixed;
    }

    private static int unpadded(ByteBuffer row, int start, int length) {
        int counted = length;
        while (counted > 0 && (row.get(start + counted - 1) == ' ' || row.get(start + counted - 1) == 0)) {
            counted--;
        }
        return counted;
    }

    /** Letters and digits alone count: no collation that is folded holds two different ones for equal, whatever it makes of the rest. */
    private static long folded(long hash, ByteBuffer row, int start, int length) {
        long mixed = hash;
        for (int at = start; at < start + length; at++) {
            int octet = row.get(at);
            if (octet < 0) {
                return UNSURE;
            }
            int letter = octet | CASE;
            if (letter >= 'a' && letter <= 'z') {
                mixed = TableKeys.mix(mixed, letter);
            } else if (octet >= '0' && octet <= '9') {
                mixed = TableKeys.mix(mixed, octet);
            }
        }
        return mixed == UNSURE ? 1 : mixed;
    }
}
