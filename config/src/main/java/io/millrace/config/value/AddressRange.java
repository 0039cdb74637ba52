package io.millrace.config.value;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Addresses that begin with the same bits, written as {@code 10.1.0.0/16}; a single address where no length is given. No name is ever
 * looked up.
 */
public final class AddressRange {
    private static final String SHAPE = "[0-9.]{7,15}(/\\d{1,3})?|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(/\\d{1,3})?";

    private final byte[] address;
    private final int bits;

    private AddressRange(byte[] address, int bits) {
        this.address = address;
        this.bits = bits;
    }

    /** Whether {@link #parse} takes the text. */
    public static boolean isValid(String text) {
        try {
            parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** @throws IllegalArgumentException if the text is no range of addresses */
    public static AddressRange parse(String text) {
        if (!text.matches(SHAPE)) {
            throw new IllegalArgumentException("not an address: \"" + text + "\"");
        }
        int slash = text.indexOf('/');
        try {
            byte[] address = InetAddress.getByName(slash < 0 ? text : text.substring(0, slash)).getAddress();
            int bits = slash < 0 ? address.length * Byte.SIZE : Integer.parseInt(text.substring(slash + 1));
            if (bits > address.length * Byte.SIZE) {
                throw new IllegalArgumentException("an address of " + address.length * Byte.SIZE + " bits has no first " + bits);
            }
            return new AddressRange(address, bits);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an address: \"" + text + "\"", e);
        }
    }

    public boolean contains(InetAddress candidate) {
        byte[] other = candidate.getAddress();
        if (other.length != address.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> (i % Byte.SIZE);
            if ((other[i / Byte.SIZE] & mask) != (address[i / Byte.SIZE] & mask)) {
                return false;
            }
        }
        return true;
    }
}
