package io.millrace.protocol.login;

import java.nio.ByteBuffer;

/**
 * A step of a method of authentication that takes several.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html">Caching_sha2_password information</a>
 */
public record AuthMoreData(Bytes data) {
    private static final byte MARK = 1;

    /** The answer to the scramble was right. */
    public static AuthMoreData fastAuthSuccess() {
        return new AuthMoreData(Bytes.of(new byte[]{3}));
    }

    /** The server must see the password itself, encrypted. */
    public static AuthMoreData performFullAuthentication() {
        return new AuthMoreData(Bytes.of(new byte[]{4}));
    }

    public ByteBuffer payload() {
        return ByteBuffer.allocate(data.length() + 1).put(MARK).put(data.view()).flip();
    }
}
