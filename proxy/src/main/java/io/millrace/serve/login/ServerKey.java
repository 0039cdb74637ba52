package io.millrace.serve.login;

import io.millrace.protocol.login.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import javax.crypto.Cipher;
import org.jspecify.annotations.Nullable;

/**
 * The key with which clients without TLS encrypt their password. It is made when it is first asked for, and lives as long as the
 * process. Any thread.
 *
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/page_caching_sha2_authentication_exchanges.html">RSA exchange</a>
 */
public final class ServerKey {
    private static final int BITS = 2048;
    private static final int LINE = 64;

    private @Nullable KeyPair pair;

    private synchronized KeyPair pair() {
        if (pair == null) {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
                generator.initialize(BITS);
                pair = generator.generateKeyPair();
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java runtime has RSA", e);
            }
        }
        return pair;
    }

    /** The public half as clients expect it. */
    Bytes pem() {
        String base64 = Base64.getMimeEncoder(LINE, new byte[]{'\n'}).encodeToString(pair().getPublic().getEncoded());
        return Bytes.of(("-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n").getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Takes the encryption and the scramble off.
     *
     * @return the password, or an arbitrary text where it was not encrypted with our key
     */
    String decrypt(byte[] encrypted, byte[] scramble) {
        try {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPWithSHA-1AndMGF1Padding");
            cipher.init(Cipher.DECRYPT_MODE, pair().getPrivate());
            byte[] mixed = cipher.doFinal(encrypted);
            for (int i = 0; i < mixed.length; i++) {
                mixed[i] ^= scramble[i % scramble.length];
            }
            return PasswordPacket.text(mixed);
        } catch (GeneralSecurityException e) {
            return "";
        }
    }
}
