package io.millrace.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.relay.Directories;
import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.TableName;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A snapshot that is being taken: its plan, its chunks, and a line for every part that is done. Several threads may write chunks; one
 * publishes. Closing without publishing or suspending throws it away.
 */
public final class SnapshotDraft implements AutoCloseable {
    static final String PLAN = "plan.json";
    static final String COPIED = "copied.jsonl";

    private final Path draft;
    private final Path published;
    private final ObjectMapper json;
    private final AtomicInteger lastChunk = new AtomicInteger();
    private final List<CopiedPart> copied = new ArrayList<>();
    private final FileChannel journal;
    private final CompressionLevel level = new CompressionLevel(SnapshotDraft::processorLoad);
    private boolean suspended;

    private SnapshotDraft(Path draft, Path published, ObjectMapper json) throws IOException {
        this.draft = draft;
        this.published = published;
        this.json = json;
        this.journal = FileChannel.open(draft.resolve(COPIED), StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
    }

    /** Begins in a directory that holds nothing but the chunks of {@code kept}. */
    static SnapshotDraft begin(Path draft, Path published, ObjectMapper json, DraftPlan plan, List<CopiedPart> kept) throws IOException {
        SnapshotDraft begun = new SnapshotDraft(draft, published, json);
        try {
            write(draft.resolve(PLAN), json.writeValueAsBytes(plan));
            Files.deleteIfExists(draft.resolve(SnapshotRepository.MANIFEST));
            begun.deleteAllBut(kept);
            for (CopiedPart part : kept) {
                begun.append(part);
            }
            begun.journal.force(false);
            Directories.force(draft);
            return begun;
        } catch (IOException e) {
            begun.close();
            throw e;
        }
    }

    static String fileName(int chunk) {
        return String.format(Locale.ROOT, "chunk-%06d.tsv.zst", chunk);
    }

    private void deleteAllBut(List<CopiedPart> kept) throws IOException {
        Set<String> names = kept.stream().flatMap(part -> part.chunks().stream()).map(chunk -> fileName(chunk.number())).collect(Collectors.toSet());
        kept.stream().flatMap(part -> part.chunks().stream()).forEach(chunk -> lastChunk.accumulateAndGet(chunk.number(), Math::max));
        try (Stream<Path> files = Files.list(draft)) {
            for (Path file : files.filter(found -> String.valueOf(found.getFileName()).startsWith("chunk-")).toList()) {
                if (!names.contains(String.valueOf(file.getFileName()))) {
                    Files.delete(file);
                }
            }
        }
    }

    private static double processorLoad() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system ? system.getCpuLoad() : -1;
    }

    /** Begins the next chunk. */
    public ChunkWriter chunk(TableName table) throws IOException {
        int number = lastChunk.incrementAndGet();
        return new ChunkWriter(draft.resolve(fileName(number)), number, table, level);
    }

    /** Notes that a part is done, with its chunks; they are durable already. */
    public synchronized void copied(CopiedPart part) throws IOException {
        append(part);
        journal.force(false);
    }

    private void append(CopiedPart part) throws IOException {
        ObjectWriter line = json.writer().without(SerializationFeature.INDENT_OUTPUT);
        ByteBuffer bytes = ByteBuffer.wrap((line.writeValueAsString(part) + "\n").getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            journal.write(bytes);
        }
        copied.add(part);
    }

    /** The chunks of all parts that are done. */
    public synchronized List<Chunk> chunks() {
        return copied.stream().flatMap(part -> part.chunks().stream()).toList();
    }

    /** Makes the snapshot visible: manifest last, everything forced before its name appears. */
    public void publish(Manifest manifest) throws IOException {
        write(draft.resolve(SnapshotRepository.MANIFEST), json.writeValueAsBytes(manifest));
        journal.close();
        Files.delete(draft.resolve(COPIED));
        Files.delete(draft.resolve(PLAN));
        Directories.force(draft);
        Files.move(draft, published, StandardCopyOption.ATOMIC_MOVE);
        Directories.force(published.resolveSibling("."));
    }

    static void write(Path file, byte[] bytes) throws IOException {
        Path beside = file.resolveSibling(file.getFileName() + ".tmp");
        try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            ByteBuffer left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(true);
        }
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Leaves what was copied, to be gone on with. */
    public void suspend() {
        suspended = true;
    }

    @Override
    public void close() throws IOException {
        journal.close();
        if (!suspended) {
            SnapshotRepository.delete(draft);
        }
    }
}
