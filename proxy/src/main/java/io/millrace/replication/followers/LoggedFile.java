package io.millrace.replication.followers;

import io.millrace.binlog.BinlogCoordinates;
import io.millrace.binlog.event.BinlogEvent;
import io.millrace.binlog.event.EventType;
import io.millrace.binlog.event.ExecuteLoadEvent;
import io.millrace.follower.FollowerException;
import io.millrace.follower.FollowerSession;
import io.millrace.relay.RelayLog;
import io.millrace.relay.RelayLogException;
import io.millrace.relay.RelayLogReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The file of a {@code LOAD DATA} that was logged as a statement, put together from the blocks of its transaction. One thread. */
final class LoggedFile extends InputStream {
    private final RelayLogReader reader;
    private final long fileId;
    private ByteBuffer block = ByteBuffer.allocate(0);
    private boolean ended;

    /**
     * Runs the statement of a file on a follower.
     *
     * @param start where its transaction begins
     */
    static void load(RelayLog log, BinlogCoordinates start, BinlogEvent executeLoad, FollowerSession session)
            throws FollowerException, RelayLogException {
        try (LoggedFile file = new LoggedFile(log.read(start), ExecuteLoadEvent.read(executeLoad.body()).fileId())) {
            session.load(executeLoad, file);
        } catch (IOException e) {
            throw Refused.unreadableFile(start, e);
        }
    }

    /** @param reader stands where the transaction begins; it is closed with the file */
    private LoggedFile(RelayLogReader reader, long fileId) {
        this.reader = reader;
        this.fileId = fileId;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        while (!block.hasRemaining() && !ended) {
            next();
        }
        int count = Math.min(length, block.remaining());
        block.get(bytes, offset, count);
        return count == 0 && length > 0 ? -1 : count;
    }

    private void next() throws IOException {
        try {
            Optional<BinlogEvent> event = reader.poll();
            if (event.isEmpty() || event.get().type() == EventType.EXECUTE_LOAD_QUERY
                    && ExecuteLoadEvent.read(event.get().body()).fileId() == fileId) {
                ended = true;
            } else if (event.get().type() == EventType.BEGIN_LOAD_QUERY || event.get().type() == EventType.APPEND_BLOCK) {
                ByteBuffer body = event.get().body();
                block = ExecuteLoadEvent.blockOf(body) == fileId ? body.position(Integer.BYTES) : block;
            }
        } catch (RelayLogException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            reader.close();
        } catch (RelayLogException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
