package io.millrace.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The port on which native replicas, and other clients of MySQL's replication protocol, read the relay log. */
public record ServeConfig(
        @Setting(value = "The address to listen at.", orElse = "127.0.0.1") String host,
        @Setting(value = "The port to listen at; 0 takes a free one.", orElse = "3307", min = 0, max = 65535) int port,
        @Setting(value = "The host under which followers that are fed by `pull` reach this Millrace; none means `host`.", orElse = "null") Optional<String> advertisedHost,
        @Setting(value = "The accounts that may log in. Followers fed by `pull` get one of their own, which is not listed here.", orElse = "[]") List<AccountConfig> accounts,
        @Setting(value = "PEM file of the certificate chain that is shown to clients; none means no TLS.", orElse = "null") Optional<Path> certificate,
        @Setting(value = "PEM file (PKCS#8, not encrypted) of the key that belongs to `certificate`.", orElse = "null") Optional<Path> key,
        @Setting(value = "Whether replicas may connect semi-synchronously: they then acknowledge each transaction, which status shows.", orElse = "false") boolean semiSync,
        @Setting(value = "Whether statements that are not about the log run at the leader, for accounts that have a `leaderUser`: for tools that need SQL beside the stream. A statement may be 1 MiB long; answers of any length pass.", orElse = "false") boolean forwardQueries,
        @Setting(value = "How many clients may be connected at once.", orElse = "1000", min = 1, max = 100000) int maxConnections)
        implements
            Checked {

    public ServeConfig {
        accounts = List.copyOf(accounts);
    }

    @Override
    public void check(Consumer<String> problems) {
        if (certificate.isPresent() != key.isPresent()) {
            problems.accept("certificate and key must be given together");
        }
        boolean mapped = accounts.stream().anyMatch(account -> account.leaderUser().isPresent());
        if (forwardQueries != mapped) {
            problems.accept(mapped
                    ? "accounts.leaderUser does nothing without forwardQueries: true"
                    : "forwardQueries: true needs an account with a leaderUser");
        }
        Set<String> users = new HashSet<>();
        for (AccountConfig account : accounts) {
            if (!account.leaderPassword().reveal().isEmpty() && account.leaderUser().isEmpty()) {
                problems.accept("accounts.leaderPassword of \"" + account.user() + "\" does nothing without leaderUser");
            }
            if (!users.add(account.user())) {
                problems.accept("accounts.user must differ between accounts, \"" + account.user() + "\" stands twice");
            }
        }
    }
}
