package io.millrace.relay;

import io.millrace.binlog.BinlogCoordinates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The names of the log's files in the leader's order. Any thread. */
final class RelayLogFiles {
    private static final Comparator<String> ORDER = Comparator.comparingLong(BinlogCoordinates::numberOf);

    private final Path directory;
    private final List<String> names = new ArrayList<>();

    RelayLogFiles(Path directory) throws IOException {
        this.directory = directory;
        try (Stream<Path> entries = Files.list(directory)) {
            entries.map(entry -> entry.getFileName().toString()).filter(name -> BinlogCoordinates.numberOf(name) > 0).sorted(ORDER)
                    .forEach(names::add);
        }
    }

    synchronized List<String> names() {
        return List.copyOf(names);
    }

    synchronized void add(String name) {
        names.add(name);
    }

    synchronized void remove(String name) {
        names.remove(name);
    }

    synchronized Optional<String> last() {
        return names.isEmpty() ? Optional.empty() : Optional.of(names.getLast());
    }

    synchronized Optional<String> first() {
        return names.isEmpty() ? Optional.empty() : Optional.of(names.getFirst());
    }

    synchronized boolean contains(String name) {
        return names.contains(name);
    }

    synchronized Optional<String> after(String name) {
        int at = names.indexOf(name);
        return at < 0 || at + 1 >= names.size() ? Optional.empty() : Optional.of(names.get(at + 1));
    }

    Path directory() {
        return directory;
    }

    Path path(String name) {
        return directory.resolve(name);
    }
}
