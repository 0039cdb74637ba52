package io.millrace.itest.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A link between two loopback ports that a test can cut, mend and slow down. Any thread. */
public final class CuttableLink implements AutoCloseable {
    private static final int BUFFER = 64 * 1024;

    private volatile int target;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile long bytesPerSecond = Long.MAX_VALUE;
    private final AtomicInteger failures = new AtomicInteger();

    /** @param target the port that is linked to */
    public CuttableLink(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("link").start(this::accept);
    }

    /** Where to connect. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Closes every connection, in the middle of whatever it carries, and lets no new one through. */
    public void cut() {
        cut = true;
        sockets.forEach(CuttableLink::close);
        sockets.clear();
    }

    /** New connections go to another port from now on. */
    public void pointTo(int port) {
        target = port;
    }

    /** How many connections could not be carried on. */
    public int failures() {
        return failures.get();
    }

    public void mend() {
        cut = false;
    }

    /** Lets each connection carry no more than this in either direction, from now on. */
    public void slowTo(long rate) {
        bytesPerSecond = rate;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                connect(listener.accept());
            } catch (IOException e) {
                failures.incrementAndGet(); // The target is down, or the link is closed: the next connection tells.
            }
        }
    }

    private void connect(Socket from) throws IOException {
        try {
            if (cut) {
                close(from);
            } else {
                join(from, new Socket(InetAddress.getLoopbackAddress(), target));
            }
        } catch (IOException e) {
            close(from);
            throw e;
        }
    }

    private void join(Socket from, Socket to) {
        sockets.add(from);
        sockets.add(to);
        Thread.ofVirtual().start(() -> carry(from, to));
        Thread.ofVirtual().start(() -> carry(to, from));
    }

    private void carry(Socket from, Socket to) {
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = from.getInputStream(); OutputStream out = to.getOutputStream()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
                LockSupport.parkNanos(count * 1_000_000_000L / bytesPerSecond);
            }
        } catch (IOException e) {
            close(from);
        }
        close(to);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a socket cannot be closed", e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
    }
}
