package io.millrace.store;

import io.millrace.snapshot.Chunk;
import java.util.List;

/** A part of a table whose chunks are all durable. */
public record CopiedPart(Part part, List<Chunk> chunks) {
    public CopiedPart {
        chunks = List.copyOf(chunks);
    }
}
