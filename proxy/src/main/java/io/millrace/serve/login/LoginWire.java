package io.millrace.serve.login;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/** What a login needs of the connection. One thread. */
public interface LoginWire {
    /** Waits for the client's next packet; good until the next call. */
    ByteBuffer read() throws IOException;

    /** Sends a packet. */
    void write(ByteBuffer payload) throws IOException;

    /** Everything after this packet is encrypted. */
    void startTls() throws IOException;

    /** Whether what is sent now is encrypted. */
    boolean isEncrypted();

    /** Whether TLS is configured. */
    boolean offersTls();

    InetAddress address();
}
