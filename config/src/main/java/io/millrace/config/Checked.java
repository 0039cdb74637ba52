package io.millrace.config;

import java.util.function.Consumer;

/** A record whose settings must also agree with each other. */
public interface Checked {
    /** Tells every disagreement between settings, each as one sentence that starts with the key. */
    void check(Consumer<String> problems);
}
