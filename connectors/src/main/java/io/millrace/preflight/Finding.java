package io.millrace.preflight;

/**
 * Something that preflight found.
 *
 * @param fatal whether Millrace cannot work with it
 * @param what one sentence
 * @param remedy the statement or setting that mends it
 */
public record Finding(boolean fatal, String what, String remedy) {
    public static Finding error(String what, String remedy) {
        return new Finding(true, what, remedy);
    }

    public static Finding warning(String what, String remedy) {
        return new Finding(false, what, remedy);
    }

    @Override
    public String toString() {
        return (fatal ? "ERROR " : "WARN  ") + what + "\n      mend it: " + remedy;
    }
}
