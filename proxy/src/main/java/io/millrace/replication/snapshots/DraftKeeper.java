package io.millrace.replication.snapshots;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.snapshot.Catalog;
import io.millrace.store.Part;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import io.millrace.store.CopiedPart;
import io.millrace.store.DraftPlan;
import io.millrace.store.SnapshotDraft;
import io.millrace.store.SnapshotRepository;
import io.millrace.store.UnfinishedSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes on with a snapshot that was interrupted. Its views are gone and new ones show a later state, but the log says which tables
 * changed between the two: what was copied of the others is the same in both. One thread.
 */
final class DraftKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(DraftKeeper.class);

    private final SnapshotRepository repository;
    private final Optional<UnfinishedSnapshot> unfinished;
    private final Set<TableName> unchanged = new HashSet<>();

    private DraftKeeper(SnapshotRepository repository, Optional<UnfinishedSnapshot> unfinished) {
        this.repository = repository;
        this.unfinished = unfinished;
    }

    /**
     * Looks for something to go on with.
     *
     * @param coordinates what the new views show
     */
    static DraftKeeper of(SnapshotRepository repository, RelayLog log, BinlogCoordinates coordinates, Catalog catalog)
            throws IOException, RelayLogException {
        Optional<UnfinishedSnapshot> unfinished = repository.unfinished().filter(draft -> draft.plan().leader().equals(log.leader())
                && draft.plan().coordinates().compareTo(coordinates) <= 0 && log.fileNames().contains(draft.plan().coordinates().file()));
        boolean inLog = unfinished.isPresent() && log.hasEventAt(unfinished.get().plan().coordinates());
        DraftKeeper keeper = new DraftKeeper(repository, inLog ? unfinished : Optional.empty());
        if (keeper.unfinished.isPresent()) {
            keeper.compare(keeper.unfinished.get().plan(), log, coordinates, catalog);
        }
        return keeper;
    }

    private void compare(DraftPlan plan, RelayLog log, BinlogCoordinates coordinates, Catalog catalog) throws RelayLogException, IOException {
        LoggedChanges changes = LoggedChanges.between(log, plan.coordinates(), coordinates);
        Set<TableName> changed = changes.within(catalog);
        changed.addAll(changes.within(plan.catalog()));
        Map<TableName, TableDefinition> planned = plan.catalog().byName();
        for (TableDefinition table : catalog.tables()) {
            Optional<TableDefinition> before = Optional.ofNullable(planned.get(table.name()));
            if (!changed.contains(table.name()) && before.isPresent() && table.isDefinedLike(before.get())) {
                unchanged.add(table.name());
            }
        }
    }

    /** The parts of a table as they were planned before; empty where the table must be copied anew. */
    Optional<List<Part>> partsOf(TableDefinition table) {
        if (!unchanged.contains(table.name())) {
            return Optional.empty();
        }
        return unfinished.map(draft -> draft.plan().parts().stream().filter(part -> part.table().equals(table.name())).toList());
    }

    /** Begins the draft, with everything of the former one that is still true. */
    SnapshotDraft begin(DraftPlan plan) throws IOException {
        List<CopiedPart> kept = kept();
        if (unfinished.isEmpty() || kept.isEmpty()) {
            return repository.begin(plan);
        }
        LOG.atInfo().addKeyValue("snapshot", plan.id()).addKeyValue("interrupted", unfinished.get().plan().id()).addKeyValue("parts", kept.size())
                .addKeyValue("of", plan.parts().size()).log("going on with the snapshot that was interrupted");
        return repository.resume(unfinished.get(), plan, kept);
    }

    /** The parts that need not be copied again. */
    List<CopiedPart> kept() {
        List<CopiedPart> kept = new ArrayList<>();
        unfinished.ifPresent(draft -> draft.copied().stream().filter(part -> unchanged.contains(part.part().table())).forEach(kept::add));
        return kept;
    }
}
