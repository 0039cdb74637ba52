package io.millrace.serve.sql;

import java.util.Locale;

/**
 * A word of a statement.
 *
 * @param text without quotes; of a variable without its {@code @}
 * @param start where it begins in the statement, in characters
 * @param end where it ends
 */
record Token(Kind kind, String text, int start, int end) {
    enum Kind {
        WORD, QUOTED_NAME, STRING, NUMBER, SYSTEM_VARIABLE, USER_VARIABLE, SYMBOL
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equalsIgnoreCase(word);
    }

    boolean isSymbol(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    String lower() {
        return text.toLowerCase(Locale.ROOT);
    }
}
