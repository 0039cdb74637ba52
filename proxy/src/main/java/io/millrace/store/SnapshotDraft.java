package io.millrace.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.relay.Directories;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.TableName;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/** A snapshot that is being taken. Several threads may write chunks; one publishes. Closing without publishing throws it away. */
public final class SnapshotDraft implements AutoCloseable {
    private final Path draft;
    private final Path published;
    private final ObjectMapper json;
    private final AtomicInteger lastChunk = new AtomicInteger();

    SnapshotDraft(Path draft, Path published, ObjectMapper json) {
        this.draft = draft;
        this.published = published;
        this.json = json;
    }

    static String fileName(int chunk) {
        return String.format(Locale.ROOT, "chunk-%06d.tsv.zst", chunk);
    }

    /** Begins the next chunk. */
    public ChunkWriter chunk(TableName table) throws IOException {
        int number = lastChunk.incrementAndGet();
        return new ChunkWriter(draft.resolve(fileName(number)), number, table);
    }

    /** Makes the snapshot visible: manifest last, everything forced before its name appears. */
    public void publish(Manifest manifest) throws IOException {
        Path file = draft.resolve(SnapshotRepository.MANIFEST);
        Files.write(file, json.writeValueAsBytes(manifest));
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Directories.force(draft);
        Files.move(draft, published, StandardCopyOption.ATOMIC_MOVE);
        Directories.force(published.resolveSibling("."));
    }

    @Override
    public void close() throws IOException {
        SnapshotRepository.delete(draft);
    }
}
