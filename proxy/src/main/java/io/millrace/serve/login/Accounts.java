package io.millrace.serve.login;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Everybody who may log in. Any thread. */
public final class Accounts {
    private final Map<String, Account> byUser = new ConcurrentHashMap<>();

    /** Adds or replaces an account. */
    public void add(Account account) {
        byUser.put(account.user(), account);
    }

    /** The account of that name, if it may come from that address. */
    Optional<Account> find(String user, InetAddress address) {
        return Optional.ofNullable(byUser.get(user)).filter(account -> account.mayComeFrom(address));
    }
}
