package io.millrace.serve;

import io.millrace.serve.dump.DumpOutput;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslContext;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A socket of Vert.x to read from and write to as the core does: blocking, on a virtual thread. One thread reads, one writes, any
 * closes. At most {@link #READ_AHEAD} bytes and {@link #MOST_WRITES} writes wait.
 */
final class ClientSocket implements DumpOutput, AutoCloseable {
    private static final int READ_AHEAD = 64 * 1024;
    private static final int MOST_WRITES = 2;

    private final NetSocketInternal socket;
    private volatile Duration writeTimeout;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Buffer> arrived = new ArrayDeque<>();
    private int arrivedBytes;
    private int consumed;
    private boolean closed;
    private volatile boolean encrypted;
    private volatile Duration readTimeout = Duration.ZERO;
    private final Deque<Future<Void>> writing = new ArrayDeque<>();

    /** Must be called where the socket's handlers are called. */
    ClientSocket(NetSocket socket, Duration writeTimeout) {
        this.socket = (NetSocketInternal) socket;
        this.writeTimeout = writeTimeout;
        socket.handler(this::arrive);
        socket.closeHandler(ended -> end());
        socket.exceptionHandler(failure -> end());
    }

    private void arrive(Buffer bytes) {
        lock.lock();
        try {
            arrived.add(bytes);
            arrivedBytes += bytes.length();
            if (arrivedBytes > READ_AHEAD) {
                socket.pause();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** How long a read may wait for the next byte; zero means for ever. */
    void readTimeout(Duration timeout) {
        readTimeout = timeout;
    }

    /** How long what is written may wait to be taken. */
    void writeTimeout(Duration timeout) {
        writeTimeout = timeout;
    }

    /** What the client sends. */
    InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                return ClientSocket.this.read(into, offset, length);
            }
        };
    }

    private int read(byte[] into, int offset, int length) throws IOException {
        lock.lock();
        try {
            await();
            Buffer first = arrived.peek();
            if (first == null) {
                return -1;
            }
            int count = Math.min(length, first.length() - consumed);
            first.getBytes(consumed, consumed + count, into, offset);
            consumed += count;
            if (consumed == first.length()) {
                arrived.remove();
                consumed = 0;
            }
            boolean wasFull = arrivedBytes > READ_AHEAD;
            arrivedBytes -= count;
            if (wasFull && arrivedBytes <= READ_AHEAD) {
                socket.resume();
            }
            return count;
        } finally {
            lock.unlock();
        }
    }

    private void await() throws IOException {
        long left = readTimeout.isZero() ? Long.MAX_VALUE : readTimeout.toNanos();
        try {
            while (arrived.isEmpty() && !closed) {
                if (left <= 0) {
                    throw new SocketTimeoutException("the client said nothing for " + readTimeout);
                }
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        }
    }

    private static IOException interrupted() {
        return new InterruptedIOException("the connection is being ended");
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        awaitWritten(MOST_WRITES - 1);
        writing.add(socket
                .write(Buffer.buffer(bytes.remaining()).appendBytes(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining())));
    }

    @Override
    public void share(ByteBuffer bytes, Runnable sent) throws IOException {
        try {
            awaitWritten(MOST_WRITES - 1);
        } catch (IOException e) {
            sent.run();
            throw e;
        }
        writing.add(socket.writeMessage(Unpooled.wrappedBuffer(bytes)).onComplete(taken -> sent.run()));
    }

    /** Waits until everything that was sent is on its way. */
    void awaitWritten() throws IOException {
        awaitWritten(0);
    }

    /** @param left how many writes may still be waiting */
    private void awaitWritten(int left) throws IOException {
        while (writing.size() > left) {
            await(writing.element());
            writing.remove();
        }
    }

    private void await(Future<Void> write) throws IOException {
        try {
            write.await(writeTimeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the client took nothing for " + writeTimeout, e);
        } catch (Exception e) {
            if (e instanceof InterruptedException) { // It is thrown without being declared.
                Thread.currentThread().interrupt();
                throw interrupted();
            }
            throw new IOException("the client is gone", e);
        }
    }

    /**
     * Everything that is sent and read from now on is encrypted.
     *
     * @param early what was read already and is encrypted: a client does not wait for an answer before its first encrypted bytes
     */
    void startTls(SslContext context, ByteBuffer early) throws IOException {
        awaitWritten();
        Future<Void> started = Future.future(promise -> socket.channelHandlerContext().executor().execute(() -> {
            ByteBuf unread = takeArrived(Unpooled.buffer().writeBytes(early));
            ChannelPipeline pipeline = socket.channelHandlerContext().pipeline();
            pipeline.addFirst("tls", context.newHandler(socket.channelHandlerContext().alloc()));
            encrypted = true;
            promise.complete();
            socket.resume();
            pipeline.fireChannelRead(unread);
            pipeline.fireChannelReadComplete();
        }));
        started.await();
    }

    /** Moves everything that has arrived and was not read behind some bytes. */
    private ByteBuf takeArrived(ByteBuf behind) {
        lock.lock();
        try {
            for (Buffer bytes : arrived) {
                behind.writeBytes(bytes.getBytes(consumed, bytes.length()));
                consumed = 0;
            }
            arrived.clear();
            arrivedBytes = 0;
            return behind;
        } finally {
            lock.unlock();
        }
    }

    boolean isEncrypted() {
        return encrypted;
    }

    InetAddress address() {
        return remote().getAddress();
    }

    /** Address and port, for people. */
    String peer() {
        return remote().getAddress().getHostAddress() + ":" + remote().getPort();
    }

    private InetSocketAddress remote() {
        return (InetSocketAddress) socket.channelHandlerContext().channel().remoteAddress();
    }

    @Override
    public void close() {
        socket.close();
        end();
    }
}
