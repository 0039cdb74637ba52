package io.millrace.app;

import io.millrace.config.value.Secret;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder that holds everything a process keeps; one process at a time may write there. */
public final class DataDirectory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);
    private static final String HTTP_PORT = "http-port";
    /** In hexadecimal digits it must fit the 32 characters that MySQL 5.7 allows. */
    private static final int PASSWORD_BYTES = 15;

    private final Path root;
    private final FileChannel lockFile;

    private DataDirectory(Path root, FileChannel lockFile) {
        this.root = root;
        this.lockFile = lockFile;
    }

    /** The directory, made where it does not exist; empty if another process has it. */
    public static Optional<DataDirectory> lock(Path root) throws IOException {
        FileChannel channel = open(root);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            return Optional.empty();
        }
        return Optional.of(new DataDirectory(root, channel));
    }

    /** It holds the leader's rows and its accounts' hashes: nobody else may look. */
    private static FileChannel open(Path root) throws IOException {
        try {
            if (!Files.exists(root)) {
                Files.createDirectories(root.toAbsolutePath().getParent());
                Files.createDirectory(root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(root));
            if (!permissions.endsWith("------")) {
                LOG.atWarn().addKeyValue("directory", root).addKeyValue("permissions", permissions).addKeyValue("remedy", "chmod 700 " + root)
                        .log("others can look into the data directory, which holds the leader's rows and its accounts' hashes");
            }
            return FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new IOException("The data directory " + root + " cannot be used (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                    + "): give it to the user " + System.getProperty("user.name") + ", or choose another process.dataDirectory", e);
        }
    }

    /** Keeps the port on which the process is asked, for those who only know that it is a free one. */
    void noteHttpPort(int port) throws IOException {
        Path beside = root.resolve(HTTP_PORT + ".new");
        Files.writeString(beside, port + "\n");
        publish(beside, root.resolve(HTTP_PORT));
    }

    /** The port on which the process that uses this directory is asked. */
    static int notedHttpPort(Path root) throws IOException {
        return Integer.parseInt(Files.readString(root.resolve(HTTP_PORT)).strip());
    }

    Path relay(String channel) {
        return root.resolve(channel).resolve("relay");
    }

    Path snapshots(String channel) {
        return root.resolve(channel).resolve("snapshots");
    }

    Path clones(String channel) {
        return root.resolve(channel).resolve("clones");
    }

    /** Under which the channel registers at its leader: made once, then kept. */
    UUID replicaUuid(String channel) throws IOException {
        Path file = root.resolve(channel).resolve("replica-uuid");
        if (Files.exists(file)) {
            return UUID.fromString(Files.readString(file).strip());
        }
        Path folder = Files.createDirectories(root.resolve(channel));
        UUID made = UUID.randomUUID();
        Path beside = folder.resolve("replica-uuid.new");
        Files.writeString(beside, made + "\n");
        publish(beside, file);
        return made;
    }

    /** The password of the account under which a follower replicates from us: made once, then kept, readable by nobody else. */
    Secret replicaPassword(String channel, String follower) throws IOException {
        Path folder = Files.createDirectories(root.resolve(channel).resolve("accounts"));
        Path file = folder.resolve(follower);
        if (!Files.exists(file)) {
            byte[] random = new byte[PASSWORD_BYTES];
            new SecureRandom().nextBytes(random);
            Path beside = folder.resolve(follower + ".new");
            Files.deleteIfExists(beside);
            Files.createFile(beside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(beside, HexFormat.of().formatHex(random) + "\n");
            publish(beside, file);
        }
        String password = Files.readString(file).strip();
        if (password.isEmpty()) {
            throw new IOException("The password in " + file + " is empty: delete the file, and it is made anew");
        }
        return new Secret(password);
    }

    /** Whole or not at all, whatever stops us. */
    private static void publish(Path beside, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(file.getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
