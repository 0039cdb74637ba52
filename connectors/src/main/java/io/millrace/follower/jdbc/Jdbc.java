package io.millrace.follower.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.millrace.config.FollowerConfig;
import io.millrace.config.TlsConfig;
import io.millrace.connection.TlsContexts;
import io.millrace.preflight.Grants;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;

/**
 * Makes connection pools. Text travels as Latin-1, one byte a character, so that statements of any character set pass byte for byte.
 *
 * @see <a href="https://dev.mysql.com/doc/connector-j/en/connector-j-reference-configuration-properties.html">Connector/J properties</a>
 */
public final class Jdbc {
    private static final long CONNECT_MILLIS = 10_000;
    private static final String STORE_PASSWORD = "millrace";
    private static final Map<String, String> STORES = new HashMap<>();

    private Jdbc() {
    }

    /** What the account of a connection may do. */
    public static Grants grants(Connection connection) throws SQLException {
        List<String> lines = new ArrayList<>();
        try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(Grants.QUERY)) {
            while (rows.next()) {
                lines.add(rows.getString(1));
            }
        }
        return new Grants(lines);
    }

    /** One connection outside of any pool, which would try for seconds what a wrong password refuses at once; the caller closes it. */
    public static Connection connect(FollowerConfig follower) throws SQLException {
        Properties properties = properties(follower.tls());
        properties.setProperty("user", follower.user());
        properties.setProperty("password", follower.password().reveal());
        return DriverManager.getConnection(url(follower), properties);
    }

    /** Ends a session instead of giving it back to its pool: its locks and settings end with it. */
    static void end(Connection connection) {
        try {
            connection.abort(Runnable::run);
            connection.close();
        } catch (SQLException e) {
            return; // The server ends what is left of the session when it sees the socket closed.
        }
    }

    private static String url(FollowerConfig follower) {
        return "jdbc:mysql://" + hostInUrl(follower.host()) + ":" + follower.port() + "/";
    }

    /** A pool that connects when it is first asked. */
    public static HikariDataSource pool(FollowerConfig follower, int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url(follower));
        config.setUsername(follower.user());
        config.setPassword(follower.password().reveal());
        config.setPoolName("follower-" + follower.name());
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(0);
        config.setInitializationFailTimeout(-1);
        // The pool asks its first connection only, once: if the server dies just then, it would set level -1 on every later one, in vain.
        config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
        config.setConnectionTimeout(CONNECT_MILLIS);
        config.setDataSourceProperties(properties(follower.tls()));
        return new HikariDataSource(config);
    }

    private static String hostInUrl(String host) {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    private static Properties properties(TlsConfig tls) {
        Properties properties = new Properties();
        properties.setProperty("characterEncoding", "ISO-8859-1");
        properties.setProperty("allowMultiQueries", "true");
        properties.setProperty("allowLoadLocalInfile", "true");
        properties.setProperty("useAffectedRows", "false");
        properties.setProperty("connectTimeout", Long.toString(CONNECT_MILLIS));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("maxAllowedPacket", "1073741824");
        properties.setProperty("sslMode", tls.mode().name().toUpperCase(Locale.ROOT));
        if (tls.mode() == TlsConfig.Mode.DISABLED || tls.mode() == TlsConfig.Mode.PREFERRED) {
            properties.setProperty("allowPublicKeyRetrieval", "true");
        }
        addStores(tls, properties);
        return properties;
    }

    private static void addStores(TlsConfig tls, Properties properties) {
        try {
            if (tls.ca().isPresent()) {
                properties.setProperty("trustCertificateKeyStoreUrl", file(() -> TlsContexts.trustStore(tls.ca().get()), tls.ca().get()));
                properties.setProperty("trustCertificateKeyStoreType", "PKCS12");
                properties.setProperty("trustCertificateKeyStorePassword", STORE_PASSWORD);
            }
            if (tls.certificate().isPresent() && tls.key().isPresent()) {
                properties.setProperty("clientCertificateKeyStoreUrl",
                        file(() -> TlsContexts.keyStore(tls.certificate().get(), tls.key().get()), tls.certificate().get(), tls.key().get()));
                properties.setProperty("clientCertificateKeyStoreType", "PKCS12");
                properties.setProperty("clientCertificateKeyStorePassword", STORE_PASSWORD);
            }
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("the TLS material of the configuration cannot be used: " + e.getMessage(), e);
        }
    }

    private interface Store {
        KeyStore read() throws IOException, GeneralSecurityException;
    }

    /** One for each state of the files that it is made of, however often somebody connects. */
    private static String file(Store store, Path... from) throws IOException, GeneralSecurityException {
        StringBuilder state = new StringBuilder();
        for (Path path : from) {
            state.append(path).append(' ').append(Files.getLastModifiedTime(path)).append('\n');
        }
        synchronized (STORES) {
            String made = STORES.get(state.toString());
            if (made == null) {
                made = file(store.read());
                STORES.put(state.toString(), made);
            }
            return made;
        }
    }

    /** The driver reads key stores from files only; this one is readable by nobody else and goes with the process. */
    private static String file(KeyStore store) throws IOException, GeneralSecurityException {
        Path file = Files.createTempFile("millrace", ".p12", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        file.toFile().deleteOnExit();
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, STORE_PASSWORD.toCharArray());
        }
        return file.toUri().toString();
    }
}
