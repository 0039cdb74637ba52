package io.millrace.itest.server;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Lets the JVMs of nodes start soon where many of them live for seconds only: without the slow compiler, and with an archive of classes,
 * which the first one leaves. Only where the system property {@value #ARCHIVE} names its file; elsewhere they run as they do for users.
 * Any thread.
 *
 * @see <a href="https://docs.oracle.com/en/java/javase/25/docs/specs/man/java.html">The java command</a>
 */
final class NodeClasses {
    /** Where the archive is. */
    static final String ARCHIVE = "millrace.node.archive";
    private static final List<String> SOON = List.of("-XX:TieredStopAtLevel=1", "-Xlog:disable", "-Xlog:all=error,cds*=off:stderr");

    private NodeClasses() {
    }

    private static Optional<Path> archive() {
        return Optional.of(System.getProperty(ARCHIVE, "")).filter(name -> !name.isEmpty()).map(Path::of);
    }

    /** The class path. Folders of it are left out where the classes are in jars too: no archive bears them. */
    static String path() {
        String all = System.getProperty("java.class.path");
        List<String> jars = Arrays.stream(all.split(File.pathSeparator, -1)).filter(entry -> entry.endsWith(".jar")).toList();
        return jars.stream().anyMatch(jar -> jar.contains("millrace-proxy")) ? jars.stream().collect(Collectors.joining(File.pathSeparator)) : all;
    }

    /** Where a node is to leave the archive when it ends in order; empty if there is one already, or none is wanted. */
    static Optional<Path> toLeave() {
        return archive().filter(file -> !Files.exists(file)).map(file -> file.resolveSibling(file.getFileName() + "." + System.nanoTime()));
    }

    /** Options of the JVM. */
    static List<String> options(Optional<Path> leaves) {
        List<String> options = new ArrayList<>();
        archive().ifPresent(file -> {
            options.addAll(SOON);
            options.add(leaves.isPresent() ? "-XX:ArchiveClassesAtExit=" + leaves.get() : "-XX:SharedArchiveFile=" + file);
        });
        return options;
    }

    /** Lets nodes that start from now on use what one has left. */
    static void publish(Path left) throws IOException {
        if (archive().isPresent() && Files.exists(left)) {
            Files.move(left, archive().get(), StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
