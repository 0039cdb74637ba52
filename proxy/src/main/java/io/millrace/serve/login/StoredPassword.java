package io.millrace.serve.login;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A password as it is kept: itself, salted and hashed by {@link #hash}, or as {@code mysql_native_password} stores it. Any thread.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/caching-sha2-pluggable-authentication.html">Caching SHA-2 Authentication</a>
 */
public final class StoredPassword {
    private static final String SALTED = "$pbkdf2-sha256$";
    private static final String NATIVE = "\\*[0-9A-Fa-f]{40}";
    private static final int ITERATIONS = 200_000;
    private static final int MOST_ITERATIONS = 10_000_000;
    private static final int SALT = 16;
    private static final int KEY_BITS = 256;

    private final @Nullable String salted;
    private volatile byte @Nullable [] sha256Twice;
    private volatile byte @Nullable [] sha1Twice;

    private StoredPassword(@Nullable String salted) {
        this.salted = salted;
    }

    /** Takes any of the three forms. */
    public static StoredPassword of(String stored) {
        if (stored.startsWith(SALTED)) {
            StoredPassword password = new StoredPassword(stored);
            password.isSalted("".toCharArray()); // So that a damaged text is refused now.
            return password;
        }
        StoredPassword password = new StoredPassword(null);
        if (stored.matches(NATIVE)) {
            password.sha1Twice = HexFormat.of().parseHex(stored.substring(1));
        } else {
            password.remember(stored.getBytes(StandardCharsets.UTF_8));
        }
        return password;
    }

    /** Makes the salted form. */
    public static String hash(char[] password, SecureRandom random) {
        byte[] salt = new byte[SALT];
        random.nextBytes(salt);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return SALTED + ITERATIONS + "$" + base64.encodeToString(salt) + "$" + base64.encodeToString(derive(password, salt, ITERATIONS));
    }

    /** Whether this is the password; once it was, the scrambled forms of it are known too. */
    public boolean is(String password) {
        byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
        byte[] sha256 = sha256Twice;
        byte[] sha1 = sha1Twice;
        boolean right = sha256 != null
                ? MessageDigest.isEqual(sha256, twice("SHA-256", bytes))
                : sha1 != null ? MessageDigest.isEqual(sha1, twice("SHA-1", bytes)) : isSalted(password.toCharArray());
        if (right) {
            remember(bytes);
        }
        return right;
    }

    /**
     * Whether an answer to a scramble was made with this password, by {@code caching_sha2_password}.
     *
     * @return empty where that cannot be told without the password itself
     */
    public Optional<Boolean> answersSha2(byte[] scramble, byte[] answer) {
        byte[] known = sha256Twice;
        return known == null ? Optional.empty() : Optional.of(answers("SHA-256", known, known, scramble, answer));
    }

    /** The same by {@code mysql_native_password}. */
    public Optional<Boolean> answersNative(byte[] scramble, byte[] answer) {
        byte[] known = sha1Twice;
        return known == null ? Optional.empty() : Optional.of(answers("SHA-1", known, scramble, known, answer));
    }

    /** The answer is the hash of the password, mixed with a hash of the scramble and of what is known. */
    private static boolean answers(String algorithm, byte[] known, byte[] first, byte[] second, byte[] answer) {
        MessageDigest digest = digest(algorithm);
        digest.update(first);
        byte[] mixed = digest.digest(second);
        if (answer.length != mixed.length) {
            return false;
        }
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] ^= answer[i];
        }
        return MessageDigest.isEqual(known, digest(algorithm).digest(mixed));
    }

    private void remember(byte[] password) {
        sha256Twice = twice("SHA-256", password);
        sha1Twice = twice("SHA-1", password);
    }

    private boolean isSalted(char[] password) {
        String[] parts = String.valueOf(salted).split("\\$", -1);
        try {
            int iterations = Integer.parseInt(parts[2]);
            if (iterations < 1 || iterations > MOST_ITERATIONS) {
                throw new IllegalArgumentException("not what hash-password makes");
            }
            return MessageDigest.isEqual(Base64.getDecoder().decode(parts[4]), derive(password, Base64.getDecoder().decode(parts[3]), iterations));
        } catch (ArrayIndexOutOfBoundsException | IllegalArgumentException e) {
            throw new IllegalArgumentException("a password that begins with " + SALTED + " must be what millrace hash-password made, unchanged", e);
        }
    }

    private static byte[] derive(char[] password, byte[] salt, int iterations) {
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(new PBEKeySpec(password, salt, iterations, KEY_BITS))
                    .getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has PBKDF2", e);
        }
    }

    private static byte[] twice(String algorithm, byte[] bytes) {
        MessageDigest digest = digest(algorithm);
        return digest.digest(digest.digest(bytes));
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + algorithm, e);
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
