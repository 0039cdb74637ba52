package io.millrace.serve.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class StoredPasswordTest {
    private static final byte[] SCRAMBLE = "abcdefghijklmnopqrst".getBytes(StandardCharsets.US_ASCII);

    @Test
    void knowsTheAnswersOfAPasswordInTheClear() throws Exception {
        StoredPassword password = StoredPassword.of("secret");
        assertThat(password.answersSha2(SCRAMBLE, sha2Answer("secret"))).contains(true);
        assertThat(password.answersSha2(SCRAMBLE, sha2Answer("Secret"))).contains(false);
        assertThat(password.answersSha2(SCRAMBLE, new byte[0])).contains(false);
        assertThat(password.answersNative(SCRAMBLE, nativeAnswer("secret"))).contains(true);
        assertThat(password.answersNative(SCRAMBLE, nativeAnswer("wrong"))).contains(false);
    }

    /** {@code SELECT PASSWORD('secret')} of MySQL 5.7. */
    @Test
    void takesWhatTheServerStores() throws Exception {
        StoredPassword password = StoredPassword.of("*14E65567ABDB5135D0CFD9A70B3032C179A49EE7");
        assertThat(password.answersNative(SCRAMBLE, nativeAnswer("secret"))).contains(true);
        assertThat(password.answersSha2(SCRAMBLE, sha2Answer("secret"))).isEmpty();
        assertThat(password.is("wrong")).isFalse();
        assertThat(password.is("secret")).isTrue();
        assertThat(password.answersSha2(SCRAMBLE, sha2Answer("secret"))).contains(true);
    }

    @Test
    void takesWhatItHasHashedItself() throws Exception {
        String stored = StoredPassword.hash("sécret".toCharArray(), new SecureRandom());
        assertThat(stored).doesNotContain("cret").isNotEqualTo(StoredPassword.hash("sécret".toCharArray(), new SecureRandom()));
        StoredPassword password = StoredPassword.of(stored);
        assertThat(password.answersSha2(SCRAMBLE, sha2Answer("sécret"))).isEmpty();
        assertThat(password.is("secret")).isFalse();
        assertThat(password.is("sécret")).isTrue();
        assertThat(password.answersSha2(SCRAMBLE, sha2Answer("sécret"))).contains(true);
    }

    @Test
    void refusesAHashThatWasDamaged() {
        assertThatThrownBy(() -> StoredPassword.of("$pbkdf2-sha256$x")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("hash-password");
        assertThatThrownBy(() -> StoredPassword.of("$pbkdf2-sha256$99999999999$YQ$YQ")).isInstanceOf(IllegalArgumentException.class);
        assertThat(StoredPassword.of("secret")).hasToString("***");
    }

    private static byte[] sha2Answer(String password) throws Exception {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        byte[] once = sha.digest(password.getBytes(StandardCharsets.UTF_8));
        sha.update(sha.digest(once));
        return xor(once, sha.digest(SCRAMBLE));
    }

    private static byte[] nativeAnswer(String password) throws Exception {
        MessageDigest sha = MessageDigest.getInstance("SHA-1");
        byte[] once = sha.digest(password.getBytes(StandardCharsets.UTF_8));
        byte[] twice = sha.digest(once);
        sha.update(SCRAMBLE);
        return xor(once, sha.digest(twice));
    }

    private static byte[] xor(byte[] one, byte[] other) {
        for (int i = 0; i < one.length; i++) {
            one[i] ^= other[i];
        }
        return one;
    }
}
