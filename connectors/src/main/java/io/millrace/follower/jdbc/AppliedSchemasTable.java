package io.millrace.follower.jdbc;

import io.millrace.follower.FollowerException;
import io.millrace.follower.jdbc.statements.AppliedSchemas;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code millrace.applied_schemas} on a follower: in which of the leader's schemas it has been kept equal all the time. What is left out
 * once cannot be applied any more: later changes would meet other rows, or none. Any thread.
 */
final class AppliedSchemasTable {
    private final String follower;

    AppliedSchemasTable(String follower) {
        this.follower = follower;
    }

    static void create(Statement statement) throws SQLException {
        statement.execute("CREATE TABLE IF NOT EXISTS millrace.applied_schemas (name VARCHAR(48) CHARACTER SET ascii NOT NULL PRIMARY KEY,"
                + " schemas_only MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL) ENGINE=InnoDB");
    }

    /** Forgets it: the follower is seeded anew. */
    String delete() {
        return "DELETE FROM millrace.applied_schemas WHERE name = '" + follower + "'";
    }

    /**
     * Notes which schemas are applied from now on.
     *
     * @throws FollowerException.Rejected if one of them was left out before
     */
    void require(Connection connection, AppliedSchemas wanted) throws SQLException, FollowerException {
        try (Statement statement = connection.createStatement()) {
            Optional<Set<String>> kept = read(statement);
            if (kept.isPresent() && !kept.get().isEmpty() && (wanted.areAll() || !kept.get().containsAll(wanted.only()))) {
                throw new FollowerException.Rejected("The follower " + follower + " was kept equal with the leader in the schemas "
                        + String.join(", ", kept.get()) + " only, and lacks what came of others before: set snapshot.schemas back to these, or have"
                        + " it seeded again (where replace: true, DROP DATABASE millrace on it is enough)", null);
            }
            if (kept.isEmpty() || !kept.get().equals(wanted.only())) {
                create(statement);
                String names = HexFormat.of().formatHex(String.join("\n", new TreeSet<>(wanted.only())).getBytes(StandardCharsets.UTF_8));
                statement.execute("REPLACE INTO millrace.applied_schemas VALUES ('" + follower + "', "
                        + (names.isEmpty() ? "''" : "x'" + names + "'") + ")");
            }
        }
    }

    private Optional<Set<String>> read(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT schemas_only FROM millrace.applied_schemas WHERE name = '" + follower + "'")) {
            if (!row.next()) {
                return Optional.empty();
            }
            String names = row.getString(1);
            return Optional.of(names.isEmpty() ? Set.of() : new TreeSet<>(List.of(names.split("\n"))));
        } catch (SQLException e) {
            if (CheckpointTable.isMissing(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
