package io.millrace.follower.jdbc.rows;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Every foreign key of a server. Names are in lower case. Immutable. */
final class ForeignKeys {
    private static final Set<String> PASSIVE = Set.of("RESTRICT", "NO ACTION");
    private static final String QUERY = "SELECT k.CONSTRAINT_SCHEMA, k.CONSTRAINT_NAME, k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME,"
            + " k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.UPDATE_RULE, r.DELETE_RULE"
            + " FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r"
            + " ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME"
            + " WHERE k.REFERENCED_TABLE_NAME IS NOT NULL ORDER BY 1, 2, 4, k.ORDINAL_POSITION";

    private final List<ForeignKey> all;

    /** A table by its schema and name. */
    record Name(String schema, String table) {
        Name {
            schema = schema.toLowerCase(Locale.ROOT);
            table = table.toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One foreign key.
     *
     * @param active whether the server itself changes rows that refer to one that goes or changes
     */
    record ForeignKey(Name table, List<String> columns, Name referred, List<String> referredColumns, boolean active) {
        ForeignKey {
            columns = List.copyOf(columns);
            referredColumns = List.copyOf(referredColumns);
        }
    }

    private ForeignKeys(List<ForeignKey> all) {
        this.all = List.copyOf(all);
    }

    static ForeignKeys read(Connection connection) throws SQLException {
        Map<List<String>, ForeignKey> found = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(QUERY)) {
            while (row.next()) {
                Name table = new Name(row.getString(3), row.getString(4));
                boolean active = !PASSIVE.contains(row.getString(9)) || !PASSIVE.contains(row.getString(10));
                ForeignKey column = new ForeignKey(table, List.of(row.getString(5)), new Name(row.getString(6), row.getString(7)),
                        List.of(row.getString(8)), active);
                found.merge(List.of(row.getString(1), row.getString(2), table.table()), column, ForeignKeys::joined);
            }
        }
        return new ForeignKeys(List.copyOf(found.values()));
    }

    private static ForeignKey joined(ForeignKey first, ForeignKey next) {
        List<String> columns = new ArrayList<>(first.columns());
        columns.addAll(next.columns());
        List<String> referred = new ArrayList<>(first.referredColumns());
        referred.addAll(next.referredColumns());
        return new ForeignKey(first.table(), columns, first.referred(), referred, first.active());
    }

    List<ForeignKey> from(Name table) {
        return all.stream().filter(key -> key.table().equals(table)).toList();
    }

    List<ForeignKey> to(Name table) {
        return all.stream().filter(key -> key.referred().equals(table)).toList();
    }

    /**
     * The tables that change by themselves when rows of this one go or change, and those that then change too; with the tables that
     * these refer to: rows there can go as soon as those that referred to them are gone.
     */
    Set<Name> touchedBy(Name table) {
        Set<Name> touched = new HashSet<>();
        Deque<Name> open = new ArrayDeque<>(List.of(table));
        while (!open.isEmpty()) {
            for (ForeignKey key : to(open.remove())) {
                if (key.active() && touched.add(key.table())) {
                    open.add(key.table());
                }
            }
        }
        Set<Name> all = new HashSet<>(touched);
        for (Name changed : touched) {
            List<Name> referred = new ArrayList<>(from(changed).stream().map(ForeignKey::referred).toList());
            referred.remove(table); // A row that goes with one of this table referred to that one, unless it refers to two.
            all.addAll(referred);
        }
        return all;
    }
}
