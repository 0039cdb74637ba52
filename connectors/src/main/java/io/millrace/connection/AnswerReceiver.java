package io.millrace.connection;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Takes a server's answer frame by frame. One thread. */
public interface AnswerReceiver {
    /** A frame begins. */
    void frame(int length) throws IOException;

    /** The next piece of its payload, good until this returns. */
    void part(ByteBuffer bytes) throws IOException;
}
