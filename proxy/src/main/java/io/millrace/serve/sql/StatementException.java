package io.millrace.serve.sql;

import io.millrace.protocol.ErrPacket;

/** A statement gets an error for its answer; the session lives on. */
public final class StatementException extends Exception {
    private static final int LONGEST_QUOTE = 80;

    private final transient ErrPacket answer;

    StatementException(int code, String sqlState, String message) {
        super(message);
        this.answer = new ErrPacket(code, sqlState, message);
    }

    static StatementException syntax(String near) {
        String quoted = near.length() <= LONGEST_QUOTE ? near : near.substring(0, LONGEST_QUOTE);
        return new StatementException(1064, "42000", "Millrace serves the binlog and knows no statement like this, near '" + quoted + "'");
    }

    static StatementException unknownVariable(String name) {
        return new StatementException(1193, "HY000", "Unknown system variable '" + name + "'");
    }

    public ErrPacket answer() {
        return answer;
    }
}
