package io.millrace.store;

import java.util.List;

/**
 * A snapshot that was interrupted.
 *
 * @param copied the parts that were finished; their chunks are on the disk
 */
public record UnfinishedSnapshot(DraftPlan plan, List<CopiedPart> copied) {
    public UnfinishedSnapshot {
        copied = List.copyOf(copied);
    }
}
