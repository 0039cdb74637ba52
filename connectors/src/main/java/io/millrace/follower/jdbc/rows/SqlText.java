package io.millrace.follower.jdbc.rows;

import java.util.ArrayList;
import java.util.List;

/** Collects statements for one packet, each with the count of rows that it must have. One thread. */
final class SqlText {
    private final StringBuilder sql = new StringBuilder();
    private final List<Integer> counts = new ArrayList<>();
    private String insertHead = "";

    /** @param count how many rows it must count, or {@link RowFeed.Packet#ANY_COUNT} */
    void add(String statement, int count) {
        insertHead = "";
        begin(statement, count);
    }

    private void begin(String statement, int count) {
        sql.append(sql.isEmpty() ? "" : "; ").append(statement);
        counts.add(count);
    }

    /** A row to insert; rows of the same columns that follow each other share a statement. */
    void insert(String head, String tuple) {
        if (head.equals(insertHead)) {
            sql.append(", ").append(tuple);
            counts.set(counts.size() - 1, counts.getLast() + 1);
        } else {
            begin(head + tuple, 1);
            insertHead = head;
        }
    }

    int length() {
        return sql.length();
    }

    /** Gives what was collected, and begins anew. */
    List<RowFeed.Packet> take() {
        List<RowFeed.Packet> packets = sql.isEmpty() ? List.of() : List.of(new RowFeed.Packet(sql.toString(), counts));
        clear();
        return packets;
    }

    void clear() {
        sql.setLength(0);
        counts.clear();
        insertHead = "";
    }
}
