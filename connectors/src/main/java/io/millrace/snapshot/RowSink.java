package io.millrace.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes the rows of a table, each as one line of tab-separated text. */
public interface RowSink {
    /** @param line with its line end; good until the method returns */
    void row(ByteBuffer line) throws IOException;

    /**
     * A piece of a line that is too long to be held.
     *
     * @param bytes good until the method returns
     * @param last whether the line ends with it
     */
    void part(ByteBuffer bytes, boolean last) throws IOException;
}
