package io.millrace.store;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.ZstdInputStream;
import io.millrace.snapshot.Chunk;
import io.millrace.snapshot.Manifest;
import io.millrace.snapshot.SnapshotException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.function.Consumer;
import io.millrace.binlog.BinlogCoordinates;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The stored snapshots of one channel: a directory each, with {@code manifest.json} and zstd-compressed chunks. Any thread.
 */
public final class SnapshotRepository {
    static final String MANIFEST = "manifest.json";
    private static final String DRAFT = ".partial";
    /** What a manifest may have megabytes of. */
    private static final Set<String> LONG = Set.of("catalog", "chunks");

    private final Path directory;
    private final ObjectMapper json;
    private final Map<Path, Manifest> heads = new ConcurrentHashMap<>();
    /** How many read or write each snapshot. */
    private final Map<String, Integer> users = new ConcurrentHashMap<>();
    private final Map<Object, BinlogCoordinates> logFrom = new ConcurrentHashMap<>();

    /** A snapshot that somebody reads or writes, until closed. */
    public interface Use extends AutoCloseable {
        @Override
        void close();
    }

    /** @param directory is made where it does not exist */
    public SnapshotRepository(Path directory) throws IOException {
        this.directory = directory;
        this.json = JsonMapper.builder().findAndAddModules().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(MapperFeature.AUTO_DETECT_IS_GETTERS).disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .enable(SerializationFeature.INDENT_OUTPUT).build();
        Files.createDirectories(directory);
    }

    /** Begins a snapshot; it shows up here when it is published. What was left of earlier ones goes. */
    public SnapshotDraft begin(DraftPlan plan) throws IOException {
        deleteUnfinished();
        Path draft = directory.resolve(plan.id() + DRAFT);
        Files.createDirectories(draft);
        return SnapshotDraft.begin(draft, directory.resolve(plan.id()), json, plan, List.of());
    }

    /**
     * Goes on with a snapshot that was interrupted.
     *
     * @param plan what it is going to be now
     * @param kept the parts of the unfinished one that are of this plan too; everything else of it goes
     */
    public SnapshotDraft resume(UnfinishedSnapshot unfinished, DraftPlan plan, List<CopiedPart> kept) throws IOException {
        Path draft = directory.resolve(plan.id() + DRAFT);
        Files.move(directory.resolve(unfinished.plan().id() + DRAFT), draft, StandardCopyOption.ATOMIC_MOVE);
        return SnapshotDraft.begin(draft, directory.resolve(plan.id()), json, plan, kept);
    }

    /** The snapshot that was interrupted last, if one was. */
    public Optional<UnfinishedSnapshot> unfinished() throws IOException {
        for (Path draft : drafts()) {
            Optional<DraftPlan> plan = plan(draft);
            if (plan.isPresent() && draft.endsWith(plan.get().id() + DRAFT)) {
                return Optional.of(new UnfinishedSnapshot(plan.get(), copied(draft)));
            }
        }
        return Optional.empty();
    }

    private static Instant lastWritten(Path draft) throws IOException {
        try (Stream<Path> files = Files.list(draft)) {
            return Instant.ofEpochMilli(files.mapToLong(file -> file.toFile().lastModified()).max().orElse(0));
        }
    }

    /** Deletes what was left of snapshots that were interrupted. */
    public void deleteUnfinished() throws IOException {
        for (Path draft : drafts()) {
            delete(draft);
        }
    }

    /** The same of those that nobody has written to since, and nobody uses. */
    public void deleteUnfinished(Instant since) throws IOException {
        for (Path draft : drafts()) {
            String name = String.valueOf(draft.getFileName());
            if (lastWritten(draft).isBefore(since) && !isUsed(name.substring(0, name.length() - DRAFT.length()))) {
                delete(draft);
            }
        }
    }

    private List<Path> drafts() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> entry.toString().endsWith(DRAFT)).sorted(Comparator.reverseOrder()).toList();
        }
    }

    private Optional<DraftPlan> plan(Path draft) throws IOException {
        Path file = draft.resolve(SnapshotDraft.PLAN);
        try {
            return Files.exists(file) ? Optional.of(json.readValue(file.toFile(), DraftPlan.class)) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty(); // Of another version: nothing to go on with.
        }
    }

    /** The lines that are whole, as long as the files of their chunks are there. */
    private List<CopiedPart> copied(Path draft) throws IOException {
        List<CopiedPart> parts = new ArrayList<>();
        Path file = draft.resolve(SnapshotDraft.COPIED);
        for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
            try {
                CopiedPart part = json.readValue(line, CopiedPart.class);
                if (part.chunks().stream().allMatch(chunk -> Files.exists(draft.resolve(SnapshotDraft.fileName(chunk.number()))))) {
                    parts.add(part);
                }
            } catch (JsonProcessingException e) {
                break; // The last line is torn.
            }
        }
        return parts;
    }

    /** Every snapshot, newest first, whole: of ten thousand tables that is much. */
    public List<Manifest> list() throws SnapshotException {
        List<Manifest> manifests = new ArrayList<>();
        for (Manifest head : heads()) {
            manifests.add(read(fileOf(head), false));
        }
        return manifests;
    }

    /** The same without catalogs and chunks; each file is read once. */
    public List<Manifest> heads() throws SnapshotException {
        List<SnapshotException> unreadable = new ArrayList<>();
        List<Manifest> found = heads(unreadable::add);
        if (!unreadable.isEmpty()) {
            throw unreadable.getFirst();
        }
        return found;
    }

    /**
     * The same of those that can be read.
     *
     * @param unreadable takes why others cannot be
     */
    public List<Manifest> heads(Consumer<SnapshotException> unreadable) throws SnapshotException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(directory)) {
            files = entries.filter(found -> !found.toString().endsWith(DRAFT)).map(found -> found.resolve(MANIFEST)).filter(Files::exists).toList();
        } catch (IOException e) {
            throw new SnapshotException.Corrupt("The snapshots in " + directory + " cannot be read: " + e.getMessage(), e);
        }
        heads.keySet().retainAll(files);
        List<Manifest> found = new ArrayList<>();
        for (Path file : files) {
            Manifest head = heads.get(file);
            if (head == null) {
                try {
                    head = read(file, true);
                } catch (SnapshotException e) {
                    unreadable.accept(e);
                    continue;
                }
                heads.put(file, head);
            }
            found.add(head);
        }
        found.sort(Comparator.comparing(Manifest::takenAt).reversed());
        return found;
    }

    public Optional<Manifest> newest() throws SnapshotException {
        List<Manifest> found = heads(unreadable -> {
            // It can seed nobody; the purger tells of it.
        });
        return found.isEmpty() ? Optional.empty() : Optional.of(read(fileOf(found.getFirst()), false));
    }

    private Path fileOf(Manifest manifest) {
        return directory.resolve(manifest.id()).resolve(MANIFEST);
    }

    private Manifest read(Path file, boolean headAlone) throws SnapshotException {
        try {
            ObjectNode head = head(file);
            if (head.path("format").asInt() != Manifest.FORMAT) {
                throw new SnapshotException.Corrupt(
                        "The manifest " + file + " has the form " + head.path("format").asInt() + ", this version reads "
                                + Manifest.FORMAT + ": use the version that wrote it, or delete its directory",
                        null);
            }
            return headAlone ? json.treeToValue(head, Manifest.class) : json.readValue(file.toFile(), Manifest.class);
        } catch (JsonProcessingException e) {
            throw new SnapshotException.Corrupt("The manifest " + file + " is damaged; delete its directory: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new SnapshotException.Corrupt("The manifest " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private ObjectNode head(Path file) throws IOException {
        ObjectNode head = json.createObjectNode();
        try (JsonParser parser = json.createParser(file.toFile())) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (LONG.contains(name)) {
                    parser.skipChildren();
                } else {
                    head.set(name, parser.<JsonNode>readValueAsTree());
                }
            }
        }
        head.putObject("catalog").putArray("tables");
        head.withObject("/catalog").putArray("objects");
        head.putArray("chunks");
        return head;
    }

    /** The rows of a chunk as tab-separated text, of a snapshot that is being taken too; reading to the end checks the checksum. */
    public InputStream open(Manifest manifest, Chunk chunk) throws IOException {
        Path published = directory.resolve(manifest.id()).resolve(SnapshotDraft.fileName(chunk.number()));
        try {
            return open(Files.exists(published)
                    ? published
                    : directory.resolve(manifest.id() + DRAFT).resolve(SnapshotDraft.fileName(chunk.number())), chunk);
        } catch (NoSuchFileException e) {
            return open(published, chunk); // It was published just now.
        }
    }

    private static InputStream open(Path file, Chunk chunk) throws IOException {
        return new CheckedChunk(new ZstdInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16)), chunk, file);
    }

    /** Says that a snapshot is being read or written, for longer than it may be kept perhaps. */
    public Use use(String snapshot) {
        users.merge(snapshot, 1, Integer::sum);
        return () -> users.computeIfPresent(snapshot, (id, count) -> count == 1 ? null : count - 1);
    }

    /** Says that a snapshot is being taken for which the log is needed from somewhere on. */
    public Use useLog(BinlogCoordinates from) {
        Object holder = new Object();
        logFrom.put(holder, from);
        return () -> logFrom.remove(holder);
    }

    /** From where on the log is needed by snapshots that are being taken. */
    public List<BinlogCoordinates> neededLog() {
        return List.copyOf(logFrom.values());
    }

    /** Whether somebody reads or writes it. */
    public boolean isUsed(String snapshot) {
        return users.containsKey(snapshot);
    }

    /** Deletes a snapshot: first its manifest, so that a half-deleted one is none. */
    public void delete(Manifest manifest) throws IOException {
        Path snapshot = directory.resolve(manifest.id());
        Files.deleteIfExists(snapshot.resolve(MANIFEST));
        delete(snapshot);
    }

    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
