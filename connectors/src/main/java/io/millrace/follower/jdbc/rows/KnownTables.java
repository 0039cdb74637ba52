package io.millrace.follower.jdbc.rows;

import io.millrace.binlog.writeset.TableKeys;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What was asked already of a follower's tables, by any of its sessions. Any thread. */
public final class KnownTables {
    private final Map<String, TableShapes.Shape> shapes = new ConcurrentHashMap<>();
    private final Map<String, TableKeys> keys = new ConcurrentHashMap<>();
    private volatile @Nullable ForeignKeys foreignKeys;

    Map<String, TableShapes.Shape> shapes() {
        return shapes;
    }

    /** By schema and table as they are written: on most servers {@code t} and {@code T} are two tables. */
    Map<String, TableKeys> keys() {
        return keys;
    }

    Optional<ForeignKeys> foreignKeys() {
        return Optional.ofNullable(foreignKeys);
    }

    void foreignKeys(ForeignKeys found) {
        foreignKeys = found;
    }

    /** Tables may have changed. */
    void forget() {
        shapes.clear();
        keys.clear();
        foreignKeys = null;
    }
}
