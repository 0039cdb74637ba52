package io.millrace.serve.dump;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the packets of a stream go. One thread. */
public interface DumpOutput {
    /** Sends bytes; waits while those before have not been taken. They may be written to again when it returns. */
    void write(ByteBuffer bytes) throws IOException;

    /** The same for bytes that nobody writes to any more: they need not be copied. */
    void share(ByteBuffer bytes) throws IOException;
}
