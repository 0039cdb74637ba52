package io.millrace.app;

import java.io.PrintStream;

/** The one class that prints for people. */
final class Console {
    private static final PrintStream OUT = System.out;
    private static final PrintStream ERR = System.err;

    private Console() {
    }

    static void out(String text) {
        OUT.println(text);
    }

    static void error(String text) {
        ERR.println("millrace: " + text);
    }
}
