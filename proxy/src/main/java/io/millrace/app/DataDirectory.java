package io.millrace.app;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;

/** The folder that holds everything a process keeps; one process at a time may write there. */
public final class DataDirectory implements AutoCloseable {
    private final Path root;
    private final FileChannel lockFile;

    private DataDirectory(Path root, FileChannel lockFile) {
        this.root = root;
        this.lockFile = lockFile;
    }

    /** The directory, made where it does not exist; empty if another process has it. */
    public static Optional<DataDirectory> lock(Path root) throws IOException {
        Files.createDirectories(root);
        FileChannel channel = FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            return Optional.empty();
        }
        return Optional.of(new DataDirectory(root, channel));
    }

    Path relay(String channel) {
        return root.resolve(channel).resolve("relay");
    }

    Path snapshots(String channel) {
        return root.resolve(channel).resolve("snapshots");
    }

    /** Under which the channel registers at its leader: made once, then kept. */
    UUID replicaUuid(String channel) throws IOException {
        Path file = root.resolve(channel).resolve("replica-uuid");
        if (Files.exists(file)) {
            return UUID.fromString(Files.readString(file).strip());
        }
        Files.createDirectories(root.resolve(channel));
        UUID made = UUID.randomUUID();
        Files.writeString(file, made + "\n");
        return made;
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
