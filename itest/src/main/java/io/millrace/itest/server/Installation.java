package io.millrace.itest.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the files of a server are, and how its programs are started. */
public record Installation(ServerKind kind, Path root) {
    private static final String ARCHIVE = "mysql-Linux-amd64.tar.gz";

    /** The folder that outlives a build: servers are unpacked there once. */
    public static Path cache() {
        String base = System.getenv("XDG_CACHE_HOME");
        Path parent = base == null || base.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(base);
        return parent.resolve("millrace");
    }

    /** Whether a server can be started here without installing anything more. */
    public static boolean isAvailable(ServerKind kind) {
        return !kind.artifact().isEmpty() || Files.exists(cache().resolve(kind.folder()).resolve("complete"));
    }

    /** Work that only one process may do at a time, since it fills the cache. */
    interface Filling<T> {
        T run() throws IOException;
    }

    /** Tests run in two processes, which share the cache. */
    static synchronized <T> T locked(Filling<T> filling) throws IOException {
        Files.createDirectories(cache());
        try (FileChannel file = FileChannel.open(cache().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.lock();
            return filling.run();
        }
    }

    /** @throws IOException saying how to install what is missing */
    public static Installation of(ServerKind kind) throws IOException {
        return locked(() -> unpacked(kind));
    }

    private static Installation unpacked(ServerKind kind) throws IOException {
        Path root = cache().resolve(kind.folder());
        if (!Files.exists(root.resolve("complete"))) {
            if (kind.artifact().isEmpty()) {
                throw new IOException(kind + " is not installed: run itest/bin/install-servers");
            }
            unpack(kind, root);
        }
        return new Installation(kind, root);
    }

    private static void unpack(ServerKind kind, Path root) throws IOException {
        for (URL url : Collections.list(Installation.class.getClassLoader().getResources(ARCHIVE))) {
            if (url.toString().contains(kind.artifact())) {
                Files.createDirectories(root);
                Path archive = root.resolve(ARCHIVE);
                try (InputStream in = url.openStream()) {
                    Files.copy(in, archive, StandardCopyOption.REPLACE_EXISTING);
                }
                Programs.run(List.of("tar", "-xzf", archive.toString(), "-C", root.toString()));
                Files.delete(archive);
                Files.createFile(root.resolve("complete"));
                return;
            }
        }
        throw new IOException("the artifact " + kind.artifact() + " is not on the class path");
    }

    /** How {@code mysqld} is started, up to its own options. */
    List<String> server() {
        return switch (kind) {
            case MYSQL_80, MYSQL_57 -> List.of(root.resolve("bin/mysqld").toString(), "--no-defaults", "--basedir=" + root,
                    "--lc-messages-dir=" + root.resolve("share"), "--character-sets-dir=" + root.resolve("share/charsets"));
            case MYSQL_97 -> withOwnLibraries("usr/sbin/mysqld", "--no-defaults", "--basedir=" + root.resolve("usr"),
                    "--lc-messages-dir=" + root.resolve("usr/share/mysql"), "--character-sets-dir=" + root.resolve("usr/share/mysql/charsets"),
                    "--plugin-dir=" + root.resolve("usr/lib/mysql/plugin"));
            case MARIADB_1011, MARIADB_118 -> withOwnLibraries("usr/sbin/mariadbd", "--no-defaults", "--basedir=" + root.resolve("usr"),
                    "--lc-messages-dir=" + share(), "--character-sets-dir=" + share().resolve("charsets"),
                    "--plugin-dir=" + root.resolve("usr/lib/mysql/plugin"));
        };
    }

    /** Messages, character sets and the statements that make system tables. */
    Path share() {
        return root.resolve(kind == ServerKind.MARIADB_118 ? "usr/share/mariadb" : "usr/share/mysql");
    }

    /** How a client program is started, such as {@code mysqlbinlog}. */
    public List<String> program(String name) {
        return withOwnLibraries("usr/bin/" + name);
    }

    /** The folder of the binlog client from npm, where {@code install-clients} could install it. */
    public static Optional<Path> nodeClient() {
        return Optional.of(cache().resolve("node")).filter(folder -> Files.exists(folder.resolve("complete")));
    }

    /** How a program is started that {@code install-servers --with-tools} has unpacked into a folder of its own. */
    public static List<String> tool(String folder, String program) {
        Path root = cache().resolve(folder);
        return List.of(root.resolve("usr/lib64/ld-linux-x86-64.so.2").toString(), "--library-path",
                root.resolve("usr/lib/x86_64-linux-gnu").toString(), root.resolve("usr/bin/" + program).toString());
    }

    /** What such a program needs to find its own authentication plugins. */
    public static Map<String, String> toolEnvironment(String folder) {
        return Map.of("MARIADB_PLUGIN_DIR", cache().resolve(folder).resolve("usr/lib/x86_64-linux-gnu/libmariadb3/plugin").toString());
    }

    /** Programs of another Debian release bring their own loader and libraries. */
    private List<String> withOwnLibraries(String program, String... options) {
        List<String> command = new ArrayList<>();
        Path loader = root.resolve("usr/lib64/ld-linux-x86-64.so.2");
        if (Files.exists(loader)) {
            command.addAll(List.of(loader.toString(), "--library-path", root.resolve("usr/lib/x86_64-linux-gnu").toString()));
        }
        command.add(root.resolve(program).toString());
        command.addAll(List.of(options));
        return command;
    }

    /** Copies a folder with everything in it. */
    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
