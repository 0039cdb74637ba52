package io.millrace.serve;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.protocol.Commands;
import io.millrace.protocol.EofPacket;
import io.millrace.protocol.ErrPacket;
import io.millrace.protocol.PacketInput;
import io.millrace.protocol.replication.DumpRequest;
import io.millrace.protocol.replication.SemiSyncAck;
import io.millrace.serve.dump.DumpRefused;
import io.millrace.serve.dump.DumpSession;
import io.millrace.serve.dump.ReplicaSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stream of events to one replica, and what it says meanwhile. Its client's thread runs it; any may look, and end it. */
final class ReplicaStream {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaStream.class);

    private final ServedChannel channel;
    private final DumpRequest request;
    private final ClientSocket socket;
    private final PacketInput input;
    private final DumpSession dump;
    private final Thread thread = Thread.currentThread();
    private volatile boolean running = true;
    private volatile @Nullable ErrPacket farewell;
    private volatile @Nullable BinlogCoordinates acknowledged;

    /** Must be called on the thread that will run it. */
    ReplicaStream(ServedChannel channel, DumpRequest request, ReplicaSettings settings, ClientSocket socket, PacketInput input) {
        this.channel = channel;
        this.request = request;
        this.socket = socket;
        this.input = input;
        this.dump = new DumpSession(channel.log().orElseThrow().batches(), channel.identity(), request, settings, socket);
    }

    long serverId() {
        return request.serverId();
    }

    Optional<BinlogCoordinates> sentTo() {
        return dump.sentTo();
    }

    /** Up to where a semi-synchronous replica says that it has everything. */
    Optional<BinlogCoordinates> acknowledged() {
        return Optional.ofNullable(acknowledged);
    }

    /** Ends the stream at its next packet; the replica is told why, or else to connect again. */
    void end(@Nullable ErrPacket reason) {
        farewell = reason;
        thread.interrupt();
    }

    /** Runs to the end of the stream. */
    void run() throws IOException {
        Thread listening = Thread.ofVirtual().name(thread.getName() + "-listener").start(this::listen);
        try {
            dump.run(channel::executed, channel::isBehind);
        } catch (DumpRefused e) {
            LOG.atWarn().addKeyValue("client", socket.peer()).addKeyValue("cause", e.getMessage()).log("replica refused");
            dump.finish(e.answer().payload());
        } catch (InterruptedException e) {
            ErrPacket reason = farewell;
            // A leader that shuts down ends its streams as if they were read to the end; then replicas connect again.
            dump.finish(reason == null ? new EofPacket(false).payload() : reason.payload());
        } finally {
            running = false;
            socket.awaitWritten();
            listening.interrupt();
        }
    }

    /** A replica may leave at any time; whatever else it says during a stream is passed over. */
    private void listen() {
        try {
            socket.readTimeout(Duration.ZERO);
            while (true) {
                ByteBuffer packet = input.packet();
                if (packet.remaining() == 1 && packet.get(0) == Commands.COM_QUIT) {
                    break;
                }
                SemiSyncAck.read(packet).ifPresent(ack -> acknowledged = ack.end());
            }
        } catch (IOException e) {
            LOG.atDebug().addKeyValue("client", socket.peer()).addKeyValue("cause", e.getMessage()).log("replica left");
        } catch (RuntimeException e) { // Whatever a client sends ends nobody but itself.
            LOG.atWarn().addKeyValue("client", socket.peer()).setCause(e).log("a replica said what cannot be read");
        }
        socket.close();
        if (running) {
            thread.interrupt();
        }
    }
}
