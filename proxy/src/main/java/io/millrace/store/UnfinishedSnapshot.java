package io.millrace.store;

import java.time.Instant;
import java.util.List;

/**
 * A snapshot that was interrupted.
 *
 * @param lastWritten when a file of it was written last; one that is being taken is never old
 * @param copied the parts that were finished; their chunks are on the disk
 */
public record UnfinishedSnapshot(DraftPlan plan, List<CopiedPart> copied, Instant lastWritten) {
    public UnfinishedSnapshot {
        copied = List.copyOf(copied);
    }
}
