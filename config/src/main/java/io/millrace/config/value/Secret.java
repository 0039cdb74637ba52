package io.millrace.config.value;

/** A password. It shows itself to nobody who does not ask by name: {@code toString} gives stars. */
public final class Secret {
    private final String value;

    public Secret(String value) {
        this.value = value;
    }

    /** The text itself: for authentication only, never for a log or a message. */
    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "***";
    }
}
