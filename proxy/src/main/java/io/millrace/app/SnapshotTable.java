package io.millrace.app;

import io.millrace.snapshot.Manifest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** Snapshots for people, and for programs. */
final class SnapshotTable {
    private SnapshotTable() {
    }

    static JsonObject describe(Manifest manifest) {
        return new JsonObject().put("id", manifest.id()).put("coordinates", manifest.coordinates().toString()).put("gtidSet", manifest.gtidSet())
                .put("tables", manifest.catalog().tables().size()).put("rows", manifest.rows()).put("bytes", manifest.bytes())
                .put("proof", manifest.proof().opening().name()).put("attempts", manifest.proof().attempts())
                .put("witnessReads", manifest.proof().witnessReads()).put("proofMilliseconds", manifest.proof().milliseconds());
    }

    static String table(List<Manifest> manifests) {
        if (manifests.isEmpty()) {
            return "no snapshots yet: take one with `millrace snapshot take`";
        }
        StringBuilder text = new StringBuilder(
                String.format(Locale.ROOT, "%-26s %-28s %8s %12s %10s  %s%n", "SNAPSHOT", "COORDINATES", "TABLES", "ROWS",
                        "MIB", "PROOF"));
        for (Manifest manifest : manifests) {
            text.append(String.format(Locale.ROOT, "%-26s %-28s %8d %12d %10d  %s%n", manifest.id(), manifest.coordinates(),
                    manifest.catalog().tables().size(), manifest.rows(), manifest.bytes() >> 20, manifest.proof().opening()));
        }
        return text.toString().stripTrailing();
    }
}
