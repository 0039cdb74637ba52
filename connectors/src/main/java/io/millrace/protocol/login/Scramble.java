package io.millrace.protocol.login;

import java.nio.ByteBuffer;
import java.security.SecureRandom;

/** The random bytes that a password is mixed with on its way, so that what is heard once is of no use later. Immutable. */
public final class Scramble {
    /** Its length in bytes. */
    public static final int LENGTH = 20;
    private static final int PRINTABLE = 94;

    private final byte[] bytes;

    private Scramble(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Makes one of printable characters, since clients end it at a zero. */
    public static Scramble random(SecureRandom source) {
        byte[] made = new byte[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            made[i] = (byte) ('!' + source.nextInt(PRINTABLE));
        }
        return new Scramble(made);
    }

    /** A view of the bytes. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** A copy of the bytes. */
    public byte[] toArray() {
        return bytes.clone();
    }
}
