package io.millrace.follower.jdbc;

import io.millrace.follower.FollowerException;
import io.millrace.follower.jdbc.statements.AppliedSchemas;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * {@code millrace.applied} on a follower: what has been applied to it since it was seeded. In which of the leader's schemas, since what was
 * left out once cannot be applied any more: later changes would meet other rows, or none. And whether as the leader's events, with which
 * its triggers came: as SQL, changes would fire them. Any thread.
 */
final class AppliedTable {
    private final String follower;

    AppliedTable(String follower) {
        this.follower = follower;
    }

    private record Noted(Set<String> schemas, boolean replayed) {}

    static void create(Statement statement) throws SQLException {
        statement.execute("CREATE TABLE IF NOT EXISTS millrace.applied (name VARCHAR(48) CHARACTER SET ascii NOT NULL PRIMARY KEY,"
                + " schemas_only MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL, replayed TINYINT NOT NULL) ENGINE=InnoDB");
    }

    /** The statement that forgets it: the follower is seeded anew. */
    String delete() {
        return "DELETE FROM millrace.applied WHERE name = '" + follower + "'";
    }

    /**
     * Notes what is applied from now on.
     *
     * @throws FollowerException if that does not go with what was applied before
     */
    void require(SessionSetup setup, boolean replays) throws SQLException, FollowerException {
        Optional<Noted> noted = read(setup.statement());
        AppliedSchemas wanted = setup.schemas();
        if (noted.isPresent()) {
            requireSchemas(noted.get().schemas(), wanted);
            if (noted.get().replayed() && !replays) {
                requireNoTriggers(setup);
            }
        }
        Noted now = new Noted(wanted.only(), replays || noted.filter(Noted::replayed).isPresent());
        if (!noted.equals(Optional.of(now))) {
            create(setup.statement());
            String names = HexFormat.of().formatHex(String.join("\n", new TreeSet<>(wanted.only())).getBytes(StandardCharsets.UTF_8));
            setup.statement().execute("REPLACE INTO millrace.applied VALUES ('" + follower + "', " + (names.isEmpty() ? "''" : "x'" + names + "'")
                    + ", " + (now.replayed() ? 1 : 0) + ")");
        }
    }

    private void requireSchemas(Set<String> kept, AppliedSchemas wanted) throws FollowerException {
        if (!kept.isEmpty() && (wanted.areAll() || !kept.containsAll(wanted.only()))) {
            throw new FollowerException.Rejected("The follower " + follower + " was kept equal with the leader in the schemas "
                    + String.join(", ", new TreeSet<>(kept)) + " only, and lacks what came of others before: set snapshot.schemas back to these, or"
                    + " have it seeded again (where replace: true, DROP DATABASE millrace on it is enough; else empty it). If nothing came of the"
                    + " others yet, as of a schema that is new on the leader, DROP TABLE millrace.applied on it lets it go on", null);
        }
    }

    private void requireNoTriggers(SessionSetup setup) throws SQLException, FollowerException {
        Set<String> triggers = new TreeSet<>();
        try (ResultSet rows = setup.statement().executeQuery("SELECT TRIGGER_NAME, EVENT_OBJECT_SCHEMA FROM information_schema.TRIGGERS")) {
            while (rows.next()) {
                if (setup.schemas().contains(rows.getString(2)) && !rows.getString(2).equals("sys")) {
                    triggers.add(rows.getString(2) + "." + rows.getString(1));
                }
            }
        }
        if (!triggers.isEmpty()) {
            throw new FollowerException.AccessDenied("The follower " + follower + " was fed by replay and is by SQL now, which fires its triggers ("
                    + triggers.iterator().next() + (triggers.size() > 1 ? " and " + (triggers.size() - 1) + " more" : "")
                    + ") beside what they did on the leader: GRANT " + FollowerPreflight.replayPrivilege(setup.server().version())
                    + ", or drop the leader's triggers there; DROP TABLE millrace.applied on it says that the rest are meant to fire", null);
        }
    }

    private Optional<Noted> read(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT schemas_only, replayed FROM millrace.applied WHERE name = '" + follower + "'")) {
            if (!row.next()) {
                return Optional.empty();
            }
            String names = row.getString(1);
            return Optional.of(new Noted(names.isEmpty() ? Set.of() : Set.copyOf(List.of(names.split("\n"))), row.getBoolean(2)));
        } catch (SQLException e) {
            if (CheckpointTable.isMissing(e)) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
