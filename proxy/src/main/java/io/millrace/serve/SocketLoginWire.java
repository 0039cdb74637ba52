package io.millrace.serve;

import io.millrace.protocol.PacketFrames;
import io.millrace.protocol.PacketInput;
import io.millrace.serve.login.LoginWire;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/** A login over a socket. One thread. */
final class SocketLoginWire implements LoginWire {
    private final ClientSocket socket;
    private final PacketInput input;
    private final PacketFrames frames;
    private final Optional<SslContext> tls;
    private int sequence;

    SocketLoginWire(ClientSocket socket, PacketInput input, PacketFrames frames, Optional<SslContext> tls) {
        this.socket = socket;
        this.input = input;
        this.frames = frames;
        this.tls = tls;
    }

    @Override
    public ByteBuffer read() throws IOException {
        ByteBuffer packet = input.packet();
        sequence = input.sequence() + 1;
        return packet;
    }

    @Override
    public void write(ByteBuffer payload) throws IOException {
        frames.sequence(sequence++);
        frames.add(payload);
        socket.write(frames.take());
    }

    @Override
    public void startTls() throws IOException {
        socket.startTls(tls.orElseThrow(), input.takeReadAhead());
    }

    @Override
    public boolean isEncrypted() {
        return socket.isEncrypted();
    }

    @Override
    public boolean offersTls() {
        return tls.isPresent();
    }

    @Override
    public InetAddress address() {
        return socket.address();
    }
}
