package io.millrace.binlog.row;

import java.nio.ByteBuffer;

/** Reads packed decimals: groups of nine digits in four bytes, big-endian, the first bit inverted, all bits inverted below zero. */
public final class DecimalReader {
    private static final int[] BYTES = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
    private static final int GROUP = 9;

    private DecimalReader() {
    }

    /**
     * Reads one number and moves on behind it.
     *
     * @param precision digits in all, 1 to 65
     * @param scale digits behind the point, 0 to 30
     */
    public static String read(int precision, int scale, ByteBuffer row) {
        int whole = precision - scale;
        int length = size(precision, scale);
        byte[] packed = new byte[length];
        row.get(packed);
        boolean negative = (packed[0] & 0x80) == 0;
        packed[0] ^= (byte) 0x80;
        for (int i = 0; negative && i < length; i++) {
            packed[i] ^= (byte) 0xff;
        }
        return text(ByteBuffer.wrap(packed), whole, scale, negative);
    }

    /** How many bytes a number takes. */
    static int size(int precision, int scale) {
        int whole = precision - scale;
        return whole / GROUP * 4 + BYTES[whole % GROUP] + scale / GROUP * 4 + BYTES[scale % GROUP];
    }

    private static String text(ByteBuffer packed, int whole, int scale, boolean negative) {
        StringBuilder digits = new StringBuilder();
        append(digits, packed, whole % GROUP);
        for (int i = 0; i < whole / GROUP; i++) {
            append(digits, packed, GROUP);
        }
        int first = 0;
        while (first < digits.length() - 1 && digits.charAt(first) == '0') {
            first++;
        }
        StringBuilder text = new StringBuilder(negative ? "-" : "").append(digits.isEmpty() ? "0" : digits.substring(first));
        if (scale > 0) {
            text.append('.');
            for (int i = 0; i < scale / GROUP; i++) {
                append(text, packed, GROUP);
            }
            append(text, packed, scale % GROUP);
        }
        return text.toString();
    }

    private static void append(StringBuilder text, ByteBuffer packed, int digits) {
        int value = 0;
        for (int i = 0; i < BYTES[digits]; i++) {
            value = value << 8 | packed.get() & 0xff;
        }
        String number = Integer.toString(value);
        if (digits > 0) {
            text.append("0".repeat(digits - number.length())).append(number);
        }
    }
}
