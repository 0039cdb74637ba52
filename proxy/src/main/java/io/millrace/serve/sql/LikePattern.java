package io.millrace.serve.sql;

import java.util.Locale;

/** A pattern of LIKE, without regard to case. */
final class LikePattern {
    private LikePattern() {
    }

    static boolean matches(String pattern, String text) {
        return matches(pattern.toLowerCase(Locale.ROOT), text.toLowerCase(Locale.ROOT), 0, 0);
    }

    /** Greedy with one point to come back to, so that no pattern takes long. */
    private static boolean matches(String pattern, String text, int patternStart, int textStart) {
        int p = patternStart;
        int t = textStart;
        int star = -1;
        int from = 0;
        while (t < text.length()) {
            char c = p < pattern.length() ? pattern.charAt(p) : 0;
            boolean escaped = c == '\\' && p + 1 < pattern.length();
            if (c == '%' && p < pattern.length()) {
                star = p++;
                from = t;
            } else if (p < pattern.length() && (escaped ? pattern.charAt(p + 1) == text.charAt(t) : c == '_' || c == text.charAt(t))) {
                p += escaped ? 2 : 1;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++from;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '%') {
            p++;
        }
        return p == pattern.length();
    }
}
