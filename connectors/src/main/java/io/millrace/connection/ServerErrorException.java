package io.millrace.connection;

import io.millrace.protocol.ErrPacket;
import java.io.IOException;

/** The server answered with an error; the connection lives on. */
public final class ServerErrorException extends IOException {
    private final transient ErrPacket error;

    public ServerErrorException(ErrPacket error) {
        super(error.message() + " (" + error.code() + ")");
        this.error = error;
    }

    /** The server's error number. */
    public int code() {
        return error.code();
    }
}
