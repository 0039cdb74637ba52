package io.millrace.app;

import io.millrace.serve.login.StoredPassword;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** {@code millrace hash-password}. */
@Command(name = "hash-password", mixinStandardHelpOptions = true, description = {
        "Reads a password from standard input and prints what may stand for it in serve.accounts.password.",
        "An account whose password is hashed logs in by caching_sha2_password: over TLS, or with the server's public key."})
final class HashPasswordCommand implements Callable<Integer> {
    @Override
    public Integer call() throws IOException {
        @Nullable
        String password = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        if (password == null || password.isEmpty()) {
            Console.error("No password came: printf '%s' \"$PASSWORD\" | millrace hash-password");
            return Main.USAGE;
        }
        Console.out(StoredPassword.hash(password.toCharArray(), new SecureRandom()));
        return Main.OK;
    }
}
