package io.millrace.replication;

import io.millrace.replication.servers.LeaderFacts;
import io.millrace.relay.Directories;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What is known of each leader, in a file beside its relay log, so that its log can be served while it is away. One thread writes.
 */
final class LeaderMemory {
    private static final String SUFFIX = ".leader";
    private static final String OWN = "millrace.";

    private final Path directory;

    LeaderMemory(Path relayDirectory) {
        this.directory = relayDirectory;
    }

    /** Keeps what a leader said of itself just now. */
    void save(LeaderFacts leader) throws IOException {
        Properties properties = new Properties();
        properties.putAll(leader.variables());
        properties.setProperty(OWN + "version", leader.version());
        properties.setProperty(OWN + "mariadb", Boolean.toString(leader.mariaDb()));
        properties.setProperty(OWN + "gtids", Boolean.toString(leader.gtids()));
        Files.createDirectories(directory);
        Path beside = directory.resolve(leader.identity() + SUFFIX + ".new");
        try (FileChannel file = FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
                Writer out = Channels.newWriter(file, StandardCharsets.UTF_8)) {
            properties.store(out, null);
            file.force(true);
        }
        Files.move(beside, fileOf(directory.resolve(leader.identity())), StandardCopyOption.ATOMIC_MOVE);
        Directories.force(directory);
    }

    /** The leader that was saved last, if its log is still there. */
    Optional<LeaderFacts> last() throws IOException {
        if (!Files.isDirectory(directory)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(directory)) {
            Optional<Path> newest = files.filter(file -> file.toString().endsWith(SUFFIX)).filter(file -> Files.isDirectory(log(file)))
                    .max(Comparator.comparingLong(file -> file.toFile().lastModified()));
            return newest.isEmpty() ? Optional.empty() : Optional.of(read(newest.get()));
        }
    }

    /** The file that keeps what a leader said, beside the directory of its log. */
    static Path fileOf(Path epoch) {
        return epoch.resolveSibling(epoch.getFileName() + SUFFIX);
    }

    private Path log(Path file) {
        return directory.resolve(identity(file));
    }

    private static String identity(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(0, name.length() - SUFFIX.length());
    }

    private static LeaderFacts read(Path file) throws IOException {
        Properties properties = new Properties();
        try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(in);
        }
        Map<String, String> variables = new HashMap<>();
        for (String name : properties.stringPropertyNames()) {
            if (!name.startsWith(OWN)) {
                variables.put(name, properties.getProperty(name));
            }
        }
        return new LeaderFacts(identity(file), properties.getProperty(OWN + "version", ""),
                Boolean.parseBoolean(properties.getProperty(OWN + "mariadb")), Boolean.parseBoolean(properties.getProperty(OWN + "gtids")), Set.of(),
                variables);
    }
}
