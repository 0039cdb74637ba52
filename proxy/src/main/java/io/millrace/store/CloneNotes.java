package io.millrace.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.relay.Directories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A note for each follower that is being cloned, since a clone leaves none of ours on the follower. One thread a follower. */
public final class CloneNotes {
    private final Path directory;
    private final ObjectMapper json = JsonMapper.builder().build();

    /** @param directory is made where it does not exist */
    public CloneNotes(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
    }

    /** The note of a follower, as long as its clone is not finished. */
    public Optional<CloneNote> read(String follower) throws IOException {
        Path file = file(follower);
        return Files.exists(file) ? Optional.of(json.readValue(file.toFile(), CloneNote.class)) : Optional.empty();
    }

    /** Makes a note durable, in place of an older one. */
    public void write(String follower, CloneNote note) throws IOException {
        SnapshotDraft.write(file(follower), json.writeValueAsBytes(note));
        Directories.force(directory);
    }

    /** The clone is finished. */
    public void delete(String follower) throws IOException {
        Files.deleteIfExists(file(follower));
        Directories.force(directory);
    }

    private Path file(String follower) {
        return directory.resolve(follower + ".json");
    }
}
