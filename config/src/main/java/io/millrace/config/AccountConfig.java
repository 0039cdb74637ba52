package io.millrace.config;

import io.millrace.config.value.AddressRange;
import io.millrace.config.value.Secret;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Somebody who may read the relay log over MySQL's replication protocol. */
public record AccountConfig(
        @Setting("The name to log in with.") String user,
        @Setting("The password, best as `${env:NAME}` or `${file:PATH}`; or what `millrace hash-password` makes of it (not for clients that only know mysql_native_password, as MariaDB's), or a `*` and 40 hexadecimal digits as `mysql_native_password` stores it.") Secret password,
        @Setting(value = "The addresses from which it may log in, such as `10.1.0.0/16` or `::1`; none means every address.", orElse = "[]") List<String> from,
        @Setting(value = "Whether it may also end others' connections (KILL), delete relay log files (PURGE BINARY LOGS), and stop and start the receiver (STOP REPLICA, START REPLICA).", orElse = "false") boolean admin,
        @Setting(value = "With `forwardQueries: true`: the account at the leader under which statements of this one run there; none means that they are not forwarded.", orElse = "null") Optional<String> leaderUser,
        @Setting(value = "The password of `leaderUser` at the leader, best as `${env:NAME}` or `${file:PATH}`.", orElse = "\"\"") Secret leaderPassword)
        implements
            Checked {

    private static final int LONGEST_USER = 32;

    public AccountConfig {
        from = List.copyOf(from);
    }

    @Override
    public void check(Consumer<String> problems) {
        if (user.isBlank() || user.length() > LONGEST_USER) {
            problems.accept("user must have 1 to 32 characters");
        }
        if (password.reveal().isEmpty()) {
            problems.accept("password must not be empty: everybody could read every change");
        }
        for (String range : from) {
            if (!AddressRange.isValid(range)) {
                problems.accept("from must hold addresses such as 10.1.0.7, 10.1.0.0/16 or ::1, had \"" + range + "\"");
            }
        }
    }
}
