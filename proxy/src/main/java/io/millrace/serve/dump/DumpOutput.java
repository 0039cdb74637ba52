package io.millrace.serve.dump;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the packets of a stream go. One thread. */
public interface DumpOutput {
    /** Sends bytes; waits while those before have not been taken. They may be written to again when it returns. */
    void write(ByteBuffer bytes) throws IOException;

    /**
     * The same for bytes that are not copied: they must stay as they are until {@code sent} runs, on whatever thread, be it that they were
     * taken or that they never will be.
     */
    void share(ByteBuffer bytes, Runnable sent) throws IOException;
}
