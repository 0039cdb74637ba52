package io.millrace.serve.login;

import io.millrace.protocol.ErrPacket;

/** The client is not let in; it gets the packet, and the connection ends. */
public final class LoginException extends Exception {
    private final transient ErrPacket answer;

    LoginException(ErrPacket answer) {
        super(answer.message());
        this.answer = answer;
    }

    public ErrPacket answer() {
        return answer;
    }
}
