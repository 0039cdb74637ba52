package io.millrace.itest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.itest.server.DatabaseServer;
import io.millrace.itest.server.MillraceNode;
import io.millrace.itest.server.NativeReplica;
import io.millrace.itest.server.Programs;
import io.millrace.itest.server.ServerKind;
import io.millrace.serve.login.StoredPassword;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each mode of TLS accepts and refuses, on the leader's connections and on the follower's. */
class TlsIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int TLS_HANDSHAKE = 22;
    private static final int SSL_REQUEST_LENGTH = 32;
    private static final int CLIENT_PROTOCOL_41 = 0x200;
    private static final int CLIENT_SSL = 0x800;
    private static final int CLIENT_SECURE_CONNECTION = 0x8000;

    @TempDir
    static Path folder;

    private static DatabaseServer leader;
    private static DatabaseServer follower;
    private static Path authority;
    private static Path stranger;

    @BeforeAll
    static void start() throws Exception {
        authority = folder.resolve("server.pem");
        Path key = folder.resolve("server-key.pem");
        makeCertificate("ip:127.0.0.1", authority, key);
        stranger = folder.resolve("stranger.pem");
        makeCertificate("dns:stranger.example", stranger, folder.resolve("stranger-key.pem"));
        String[] options = {"--ssl-ca=" + authority, "--ssl-cert=" + authority, "--ssl-key=" + key, DatabaseServer.DURABLE.get(0),
                DatabaseServer.DURABLE.get(1)};
        leader = DatabaseServer.start(ServerKind.MYSQL_80, 1, options);
        follower = DatabaseServer.start(ServerKind.MYSQL_80, 2, options);
        leader.execute("CREATE DATABASE shop", "CREATE TABLE shop.item (id INT PRIMARY KEY)", "INSERT INTO shop.item VALUES (1)");
    }

    @AfterAll
    static void stop() throws Exception {
        leader.close();
        follower.close();
    }

    /** A certificate that signs itself, and its key. */
    private static void makeCertificate(String name, Path certificate, Path key) throws IOException, GeneralSecurityException {
        Path store = folder.resolve(certificate.getFileName() + ".p12");
        Programs.run(List.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "own", "-keyalg", "RSA",
                "-dname", "CN=Millrace test", "-ext", "san=" + name, "-ext", "bc=ca:true", "-storetype", "PKCS12", "-storepass", "secret-1",
                "-keystore", store.toString(), "-validity", "30"));
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "secret-1".toCharArray());
        }
        write(certificate, "CERTIFICATE", keys.getCertificate("own").getEncoded());
        write(key, "PRIVATE KEY", keys.getKey("own", "secret-1".toCharArray()).getEncoded());
    }

    private static void write(Path file, String what, byte[] bytes) throws IOException {
        Files.writeString(file, "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder(64, new byte[]{'\n'}).encodeToString(bytes) + "\n-----END "
                + what + "-----\n");
    }

    @Test
    void verifiesTheServersNameAndGoesLiveOverIt() throws Exception {
        String tls = "{mode: verify-identity, ca: " + authority + "}";
        try (MillraceNode millrace = node(tls, tls)) {
            millrace.start();
            millrace.await("copy", status -> status.getString("state").equals("live"), PATIENCE);
            assertThat(follower.value("SELECT id FROM shop.item")).isEqualTo("1");
            String encrypted = "SELECT COUNT(*) FROM performance_schema.threads WHERE CONNECTION_TYPE = 'SSL/TLS' AND PROCESSLIST_USER = '";
            assertThat(leader.value(encrypted + DatabaseServer.REPLICATION + "'")).isNotEqualTo("0");
            assertThat(follower.value(encrypted + DatabaseServer.ADMIN + "'")).isNotEqualTo("0");
        }
    }

    @Test
    void refusesAServerWhoseAuthorityIsAStranger() throws Exception {
        String tls = "{mode: verify-ca, ca: " + stranger + "}";
        try (MillraceNode millrace = node(tls, tls)) {
            assertThat(check(millrace)).contains("127.0.0.1:" + leader.port()).contains("is not trusted").contains("leader.tls.ca")
                    .contains("The follower copy (", ") is not trusted");
        }
    }

    @Test
    void acceptsAnotherNameOnlyWhereItIsNotVerified() throws Exception {
        String names = "{mode: MODE, ca: " + authority + "}";
        try (MillraceNode verified = node(names.replace("MODE", "verify-ca"), names.replace("MODE", "verify-ca"))) {
            assertThat(check(verified)).contains("leader 127.0.0.1:" + leader.port() + ": ok").contains("follower copy: ok");
        }
        try (MillraceNode named = node(names.replace("MODE", "verify-identity"), names.replace("MODE", "verify-identity"))) {
            Files.writeString(named.config(), Files.readString(named.config()).replace("host: 127.0.0.1", "host: localhost"));
            assertThat(check(named)).contains("@localhost:" + leader.port() + " is not trusted")
                    .contains("The follower copy (", ") is not trusted");
        }
        try (MillraceNode encrypted = node("{mode: required}", "{mode: required}")) {
            assertThat(check(encrypted)).contains("leader 127.0.0.1:" + leader.port() + ": ok").contains("follower copy: ok");
        }
    }

    @Test
    void presentsACertificateWhereTheServerAsksForOne() throws Exception {
        leader.execute("ALTER USER '" + DatabaseServer.REPLICATION + "'@'%' REQUIRE X509");
        try (MillraceNode without = node("{mode: required}", "{mode: required}");
                MillraceNode with = node("{mode: required, certificate: " + authority + ", key: " + folder.resolve("server-key.pem") + "}",
                        "{mode: required}")) {
            assertThat(check(without)).contains("Access denied for user 'millrace'");
            assertThat(check(with)).contains("leader 127.0.0.1:" + leader.port() + ": ok");
        } finally {
            leader.execute("ALTER USER '" + DatabaseServer.REPLICATION + "'@'%' REQUIRE NONE");
        }
    }

    private static MillraceNode node(String leaderTls, String followerTls) throws IOException {
        return new MillraceNode(leader.port(), List.of("leader.tls: " + leaderTls),
                List.of(MillraceNode.FollowerEntry.of("copy", follower, "tls: " + followerTls)));
    }

    private static String check(MillraceNode millrace) {
        try {
            return millrace.run("check", "--config", millrace.config().toString());
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** A password that is hashed is told to Millrace itself, over TLS or encrypted with its key. */
    @Test
    void servesOverTlsToAnAccountWhosePasswordIsHashed() throws Exception {
        try (DatabaseServer server = DatabaseServer.start(ServerKind.MYSQL_80, 3);
                MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(), "  certificate: " + authority,
                        "  key: " + folder.resolve("server-key.pem"))) {
            Files.writeString(millrace.config(), Files.readString(millrace.config()).replace("password: " + DatabaseServer.PASSWORD + "}",
                    "password: \"" + StoredPassword.hash(DatabaseServer.PASSWORD.toCharArray(), new SecureRandom()) + "\"}"));
            millrace.start().awaitServing(PATIENCE);
            NativeReplica replica = new NativeReplica(server);
            BinlogCoordinates start = replica.startFrom(leader);
            for (boolean tls : new boolean[]{true, false}) {
                replica.replicate(millrace.source(true, tls), start);
                leader.execute("CREATE DATABASE tls_" + tls);
                replica.awaitCaughtUp(leader, PATIENCE);
                replica.stop();
            }
        }
    }

    /** Clients may send their first encrypted bytes right behind the packet that asks for encryption. */
    @Test
    void takesWhatIsEncryptedAndCameWithThePacketThatAskedForIt() throws Exception {
        try (MillraceNode millrace = MillraceNode.serving(leader.port(), List.of(), "  certificate: " + authority,
                "  key: " + folder.resolve("server-key.pem"))) {
            millrace.start().awaitServing(PATIENCE);
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), millrace.servePort())) {
                socket.setSoTimeout((int) PATIENCE.toMillis());
                DataInputStream in = new DataInputStream(socket.getInputStream());
                int greeting = Integer.reverseBytes(in.readInt()) & 0xffffff;
                in.skipNBytes(greeting);
                socket.getOutputStream().write(requestAndHello());
                assertThat(in.readUnsignedByte()).as("a TLS record of the handshake").isEqualTo(TLS_HANDSHAKE);
            }
        }
    }

    private static byte[] requestAndHello() throws GeneralSecurityException, IOException {
        ByteBuffer both = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        both.putInt(SSL_REQUEST_LENGTH | 1 << 24).putInt(CLIENT_PROTOCOL_41 | CLIENT_SSL | CLIENT_SECURE_CONNECTION).putInt(1 << 24).put((byte) 45)
                .put(new byte[23]);
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(true);
        engine.wrap(ByteBuffer.allocate(0), both);
        return Arrays.copyOf(both.array(), both.position());
    }
}
