package io.millrace.itest;

import io.millrace.itest.server.Installation;
import io.millrace.itest.server.ServerKind;
import java.util.ArrayList;
import java.util.List;

/** The server versions that a test runs against. */
final class Servers {
    private Servers() {
    }

    /**
     * Every version that is installed here, or those that {@code -Dmillrace.servers=MYSQL_97,…} names; says which are left out. Used as a
     * method source.
     */
    static List<ServerKind> installed() {
        List<ServerKind> kinds = new ArrayList<>();
        for (ServerKind kind : ServerKind.values()) {
            if (Installation.isAvailable(kind) && System.getProperty("millrace.servers", kind.name()).contains(kind.name())) {
                kinds.add(kind);
            } else {
                System.out.println("left out: " + kind + " (itest/bin/install-servers installs what is missing)");
            }
        }
        return kinds;
    }

    /** One of each generation of servers, for what takes long; MariaDB's are all of one. Used as a method source. */
    static List<ServerKind> generations() {
        List<ServerKind> kinds = new ArrayList<>(installed());
        if (kinds.contains(ServerKind.MARIADB_118)) {
            kinds.remove(ServerKind.MARIADB_1011);
        }
        return kinds;
    }
}
